using System.Buffers;

namespace Tenet.CommandLine;

/// <summary>Reads lines or everything. Bytes that are no UTF-8 survive (<see cref="RawText"/>).</summary>
public sealed class InputReader(Stream stream)
{
    private const int BufferSize = 4096;
    private readonly Stream _stream = Buffered(stream);

    /// <summary>The next line without its end, or null at the end of the input. A last line without an end counts.</summary>
    public string? ReadLine()
    {
        string? line = ReadLine(out bool ended);
        return ended && line is { Length: 0 } ? null : line?.TrimEnd('\r');
    }

    /// <summary>The next line without its line feed; <paramref name="ended"/> tells that the input ended before one came.</summary>
    public string ReadLine(out bool ended)
    {
        ArrayBufferWriter<byte> line = new();
        int next;
        while ((next = _stream.ReadByte()) >= 0 && next != '\n')
            line.Write([(byte)next]);
        ended = next < 0;
        return RawText.Decode(line.WrittenSpan);
    }

    /// <summary>Everything that is left.</summary>
    public byte[] ReadAll()
    {
        using MemoryStream all = new();
        _stream.CopyTo(all);
        return all.ToArray();
    }

    private static BufferedStream Buffered(Stream stream) => new(stream, BufferSize);
}

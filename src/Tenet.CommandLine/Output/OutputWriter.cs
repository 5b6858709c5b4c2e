using System.Buffers;
using System.Text;

namespace Tenet.CommandLine;

/// <summary>
/// Text and raw bytes on one stream: keys and values leave as they are, whatever they hold. Buffered; what a reader waits for must be
/// flushed.
/// </summary>
public sealed class OutputWriter(Stream stream)
{
    private const int BufferSize = 32 * 1024;
    /// <summary>The buffered stream itself, for writers of formats.</summary>
    public Stream Stream { get; } = Buffered(stream);

    /// <summary>Writes a text.</summary>
    public void Write(ReadOnlySpan<char> text)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        Stream.Write(bytes, 0, RawText.Encode(text, bytes));
        ArrayPool<byte>.Shared.Return(bytes);
    }

    /// <summary>Writes bytes as they are.</summary>
    public void Write(ReadOnlySpan<byte> bytes) => Stream.Write(bytes);

    /// <summary>Writes a text and ends the line.</summary>
    public void Line(ReadOnlySpan<char> text = default)
    {
        Write(text);
        Stream.WriteByte((byte)'\n');
    }

    /// <summary>Writes bytes and ends the line.</summary>
    public void Line(ReadOnlySpan<byte> bytes)
    {
        Stream.Write(bytes);
        Stream.WriteByte((byte)'\n');
    }

    /// <summary>Hands everything on.</summary>
    public void Flush() => Stream.Flush();

    private static BufferedStream Buffered(Stream stream) => new(stream, BufferSize);
}

using System.Buffers;

namespace Tenet.Rpc.Listening;

/// <summary>Tells the protocol of a connection by its first bytes, as etcd's shared port does (contract/api.md, 5.1). Pure.</summary>
internal static class FirstBytes
{
    /// <summary>How far the first line of HTTP/1.x is looked for, in bytes.</summary>
    private const int LineBytesMax = 8192;

    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    public static FirstBytesVerdict Judge(in ReadOnlySequence<byte> bytes)
    {
        if (bytes.IsEmpty)
            return FirstBytesVerdict.NeedsMore;

        Span<byte> copy = stackalloc byte[64];
        int length = (int)Math.Min(bytes.Length, Preface.Length);
        bytes.Slice(0, length).CopyTo(copy);
        if (copy[..length].SequenceEqual(Preface[..length]))
            return length == Preface.Length ? FirstBytesVerdict.Http2 : FirstBytesVerdict.NeedsMore;
        // A method is a word of letters: what starts otherwise (a TLS hello, say) will not become a request line.
        if (!char.IsAsciiLetter((char)copy[0]))
            return FirstBytesVerdict.Refused;

        var reader = new SequenceReader<byte>(bytes);
        if (!reader.TryReadTo(out ReadOnlySequence<byte> line, (byte)'\n'))
            return bytes.Length > LineBytesMax ? FirstBytesVerdict.Refused : FirstBytesVerdict.NeedsMore;
        return EndsWithVersion1(line) ? FirstBytesVerdict.Http1 : FirstBytesVerdict.Refused;
    }

    private static bool EndsWithVersion1(in ReadOnlySequence<byte> line)
    {
        const int TailBytes = 10; // " HTTP/1.1\r"
        Span<byte> tail = stackalloc byte[TailBytes];
        int length = (int)Math.Min(line.Length, TailBytes);
        line.Slice(line.Length - length).CopyTo(tail);
        ReadOnlySpan<byte> text = tail[..length].TrimEnd((byte)'\r');
        int space = text.LastIndexOf((byte)' ');
        return space >= 0 && (text[(space + 1)..].SequenceEqual("HTTP/1.1"u8) || text[(space + 1)..].SequenceEqual("HTTP/1.0"u8));
    }
}

using System.Text;

namespace Tenet.CommandLine;

/// <summary>
/// Bytes as text and back without loss. What is no UTF-8 becomes a lone low surrogate, 0xDC00 and the byte, which no valid text holds;
/// so a key of any bytes can be an argument, and comes out as it went in.
/// </summary>
public static class RawText
{
    private const char EscapeBase = '\uDC00';

    /// <summary>The text of bytes.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new(bytes.Length);
        Span<char> pair = stackalloc char[2];
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out Rune rune, out int consumed) == System.Buffers.OperationStatus.Done)
                text.Append(pair[..rune.EncodeToUtf16(pair)]);
            else
            {
                consumed = 1;
                text.Append((char)(EscapeBase + bytes[0]));
            }
            bytes = bytes[consumed..];
        }
        return text.ToString();
    }

    /// <summary>The bytes of a text.</summary>
    public static byte[] Encode(string text)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        Array.Resize(ref bytes, Encode(text, bytes));
        return bytes;
    }

    /// <summary>The bytes of a text, written to <paramref name="bytes"/>; the result is their number.</summary>
    public static int Encode(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        int written = 0;
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out Rune rune, out int consumed) != System.Buffers.OperationStatus.Done && text[0] is > EscapeBase and <= (char)(EscapeBase + 0xFF))
                bytes[written++] = (byte)(text[0] - EscapeBase);
            else
                written += rune.EncodeToUtf8(bytes[written..]);
            text = text[consumed..];
        }
        return written;
    }
}

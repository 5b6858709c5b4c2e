using System.Buffers;
using System.Globalization;
using System.Text;

namespace Tenet.CommandLine;

/// <summary>Reads texts in Go's quotes: double ones with escapes, or back quotes around a text as it is.</summary>
public static class GoUnquote
{
    /// <summary>
    /// Reads a quoted text at the beginning of <paramref name="text"/>. Bytes that its escapes name survive (<see cref="RawText"/>).
    /// </summary>
    /// <param name="text">What begins with a quote.</param>
    /// <param name="value">The text between the quotes.</param>
    /// <param name="length">How much of <paramref name="text"/> it took, quotes included.</param>
    /// <returns>Whether it is such a text.</returns>
    public static bool TryRead(ReadOnlySpan<char> text, out string value, out int length)
    {
        value = "";
        length = 0;
        if (text is ['`', ..])
        {
            int end = text[1..].IndexOf('`');
            if (end < 0)
                return false;
            value = text.Slice(1, end).ToString().Replace("\r", "", StringComparison.Ordinal);
            length = end + 2;
            return true;
        }
        if (text is not ['"', ..])
            return false;
        ArrayBufferWriter<byte> bytes = new();
        int at = 1;
        while (at < text.Length && text[at] is not '"')
        {
            if (text[at] == '\n' || (text[at] == '\\' ? !Escape(text, ref at, bytes) : !Plain(text, ref at, bytes)))
                return false;
        }
        if (at >= text.Length)
            return false;
        value = RawText.Decode(bytes.WrittenSpan);
        length = at + 1;
        return true;
    }

    private static bool Plain(ReadOnlySpan<char> text, ref int at, ArrayBufferWriter<byte> bytes)
    {
        int units = char.IsHighSurrogate(text[at]) && at + 1 < text.Length ? 2 : 1;
        bytes.Write(RawText.Encode(text.Slice(at, units).ToString()));
        at += units;
        return true;
    }

    private static bool Escape(ReadOnlySpan<char> text, ref int at, ArrayBufferWriter<byte> bytes)
    {
        if (at + 1 >= text.Length)
            return false;
        char kind = text[at + 1];
        at += 2;
        int one = kind switch
        {
            'a' => '\a',
            'b' => '\b',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\v',
            '\\' => '\\',
            '"' => '"',
            _ => -1,
        };
        if (one >= 0)
        {
            bytes.Write([(byte)one]);
            return true;
        }
        if (kind is >= '0' and <= '7')
            return Octal(text, ref at, bytes);
        int digits = kind switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits == 0 || at + digits > text.Length || !uint.TryParse(text.Slice(at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint number))
            return false;
        at += digits;
        if (kind == 'x')
        {
            bytes.Write([(byte)number]);
            return true;
        }
        if (!Rune.TryCreate(number, out Rune rune))
            return false;
        Span<byte> encoded = stackalloc byte[4];
        bytes.Write(encoded[..rune.EncodeToUtf8(encoded)]);
        return true;
    }

    private static bool Octal(ReadOnlySpan<char> text, ref int at, ArrayBufferWriter<byte> bytes)
    {
        int number = 0;
        at--;
        for (int end = at + 3; at < end; at++)
        {
            if (at >= text.Length || text[at] is < '0' or > '7')
                return false;
            number = (number * 8) + (text[at] - '0');
        }
        if (number > byte.MaxValue)
            return false;
        bytes.Write([(byte)number]);
        return true;
    }
}

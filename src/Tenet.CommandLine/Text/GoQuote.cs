using System.Globalization;
using System.Text;

namespace Tenet.CommandLine;

/// <summary>Quoting as Go does it (<c>%q</c>): what cannot be printed is escaped, and so is what is no UTF-8.</summary>
public static class GoQuote
{
    /// <summary>A text in double quotes.</summary>
    public static string Text(string text) => Bytes(RawText.Encode(text));

    /// <summary>Bytes in double quotes.</summary>
    public static string Bytes(ReadOnlySpan<byte> bytes)
    {
        StringBuilder quoted = new StringBuilder(bytes.Length + 2).Append('"');
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out Rune rune, out int consumed) == System.Buffers.OperationStatus.Done)
                Append(quoted, rune, '"');
            else
            {
                consumed = 1;
                quoted.Append("\\x").Append(bytes[0].ToString("x2", CultureInfo.InvariantCulture));
            }
            bytes = bytes[consumed..];
        }
        return quoted.Append('"').ToString();
    }

    /// <summary>A letter in single quotes.</summary>
    public static string Letter(char letter)
    {
        StringBuilder quoted = new("'");
        Append(quoted, Rune.TryCreate(letter, out Rune rune) ? rune : Rune.ReplacementChar, '\'');
        return quoted.Append('\'').ToString();
    }

    /// <summary>Bytes as <c>\x61\x62</c>.</summary>
    public static string Hex(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new(bytes.Length * 4);
        foreach (byte one in bytes)
            text.Append("\\x").Append(one.ToString("x2", CultureInfo.InvariantCulture));
        return text.ToString();
    }

    private static void Append(StringBuilder quoted, Rune rune, char quote)
    {
        if (rune.Value == quote || rune.Value == '\\')
        {
            quoted.Append('\\').Append((char)rune.Value);
            return;
        }
        _ = rune.Value switch
        {
            '\a' => quoted.Append("\\a"),
            '\b' => quoted.Append("\\b"),
            '\f' => quoted.Append("\\f"),
            '\n' => quoted.Append("\\n"),
            '\r' => quoted.Append("\\r"),
            '\t' => quoted.Append("\\t"),
            '\v' => quoted.Append("\\v"),
            < ' ' or 0x7f => quoted.Append("\\x").Append(rune.Value.ToString("x2", CultureInfo.InvariantCulture)),
            _ when IsPrintable(rune) => quoted.Append(rune.ToString()),
            < 0x10000 => quoted.Append("\\u").Append(rune.Value.ToString("x4", CultureInfo.InvariantCulture)),
            _ => quoted.Append("\\U").Append(rune.Value.ToString("x8", CultureInfo.InvariantCulture)),
        };
    }

    /// <summary>Letters, marks, numbers, punctuation and symbols; of the blanks only the plain one.</summary>
    public static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}

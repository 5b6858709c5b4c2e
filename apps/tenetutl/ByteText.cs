using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Tenet.Utl;

/// <summary>Bytes for people to read, in the forms that bbolt's commands offer.</summary>
internal static class ByteText
{
    public const string Formats = "auto|ascii-encoded|hex|bytes|redacted";

    /// <summary>The bytes in one of the formats.</summary>
    /// <exception cref="UtlException">There is no such format.</exception>
    public static string Format(ReadOnlySpan<byte> bytes, string format) => format switch
    {
        "ascii-encoded" => Quoted(bytes),
        "hex" => Convert.ToHexStringLower(bytes),
        "bytes" => Encoding.Latin1.GetString(bytes),
        "auto" => IsPrintable(bytes) ? Encoding.UTF8.GetString(bytes) : Convert.ToHexStringLower(bytes),
        "redacted" => $"<redacted len:{bytes.Length} sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}>",
        _ => throw new UtlException($"formatBytes: unsupported format: {format}"),
    };

    /// <summary>The bytes that a text stands for.</summary>
    /// <exception cref="UtlException">It stands for none in this format.</exception>
    public static byte[] Parse(string text, string format)
    {
        switch (format)
        {
            case "ascii-encoded":
                return Encoding.UTF8.GetBytes(text);
            case "hex":
                try
                {
                    return Convert.FromHexString(text);
                }
                catch (FormatException malformed)
                {
                    throw new UtlException($"encoding/hex: invalid hexadecimal: {text}", malformed);
                }

            default:
                throw new UtlException($"parseBytes: unsupported format: {format}");
        }
    }

    /// <summary>Whether this is text that a terminal shows as it is.</summary>
    public static bool IsPrintable(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out Rune rune, out int length) != System.Buffers.OperationStatus.Done || !IsPrintable(rune))
                return false;
            bytes = bytes[length..];
        }

        return true;
    }

    /// <summary>In quotation marks, what cannot be printed escaped.</summary>
    public static string Quoted(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder("\"");
        while (!bytes.IsEmpty)
        {
            bool isRune = Rune.DecodeFromUtf8(bytes, out Rune rune, out int length) == System.Buffers.OperationStatus.Done;
            if (isRune)
                AppendEscaped(text, rune);
            else
                text.Append(CultureInfo.InvariantCulture, $"\\x{bytes[0]:x2}");
            bytes = bytes[(isRune ? length : 1)..];
        }

        return text.Append('"').ToString();
    }

    private static void AppendEscaped(StringBuilder text, Rune rune)
    {
        switch (rune.Value)
        {
            case '"' or '\\':
                text.Append('\\').Append((char)rune.Value);
                break;
            case '\a':
                text.Append("\\a");
                break;
            case '\b':
                text.Append("\\b");
                break;
            case '\f':
                text.Append("\\f");
                break;
            case '\n':
                text.Append("\\n");
                break;
            case '\r':
                text.Append("\\r");
                break;
            case '\t':
                text.Append("\\t");
                break;
            case '\v':
                text.Append("\\v");
                break;
            case < 0x80 when !IsPrintable(rune):
                text.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}");
                break;
            case < 0x10000 when !IsPrintable(rune):
                text.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}");
                break;
            default:
                if (IsPrintable(rune))
                    text.Append(rune.ToString());
                else
                    text.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}");
                break;
        }
    }

    // Letters, marks, numbers, punctuation, symbols and the plain blank, as Go counts them.
    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}

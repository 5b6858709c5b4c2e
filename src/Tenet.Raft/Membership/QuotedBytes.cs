using System.Buffers;
using System.Text;

namespace Tenet.Raft.Membership;

/// <summary>Bytes as a quoted string: printable text as it is, everything else escaped.</summary>
internal static class QuotedBytes
{
    /// <summary>The quoted string.</summary>
    public static string Format(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder("\"");
        while (!bytes.IsEmpty)
        {
            bool valid = Rune.DecodeFromUtf8(bytes, out Rune rune, out int consumed) == OperationStatus.Done;
            if (valid)
                Append(text, rune);
            else
                AppendBytes(text, bytes[..consumed]);
            bytes = bytes[consumed..];
        }
        return text.Append('"').ToString();
    }

    private static void Append(StringBuilder text, Rune rune)
    {
        switch (rune.Value)
        {
            case '"' or '\\':
                text.Append('\\').Append((char)rune.Value);
                break;
            case >= '\a' and <= '\r':
                text.Append('\\').Append("abtnvfr"[rune.Value - '\a']);
                break;
            case < ' ' or 0x7f:
                text.Append($"\\x{rune.Value:x2}");
                break;
            default:
                text.Append(rune);
                break;
        }
    }

    private static void AppendBytes(StringBuilder text, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
            text.Append($"\\x{value:x2}");
    }
}

using System.Buffers;
using System.Text;

namespace Tenet.Rpc.Gateway.Json;

/// <summary>Strings as JSON, in Go's two ways of escaping them.</summary>
internal static class JsonStrings
{
    private static readonly byte[] Controls = [.. Enumerable.Range(0, 0x20).Select(code => (byte)code)];
    private static readonly SearchValues<byte> Escaped = SearchValues.Create([.. Controls, (byte)'"', (byte)'\\']);

    /// <summary>0xe2 begins the two line separators of Unicode, and other characters too.</summary>
    private static readonly SearchValues<byte> EscapedForHtml = SearchValues.Create([.. Controls, .. "\"\\<>&"u8, 0xe2]);

    /// <summary>Writes a string of UTF-8 in quotes.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="text">The string.</param>
    /// <param name="html">Whether what is special in HTML is escaped as well: so in the frames of streams, not in single answers.</param>
    public static void Write(JsonOutput output, ReadOnlySpan<byte> text, bool html)
    {
        output.Write((byte)'"');
        while (text.Length > 0)
        {
            int plain = text.IndexOfAny(html ? EscapedForHtml : Escaped);
            output.Write(plain < 0 ? text : text[..plain]);
            if (plain < 0)
                break;
            text = text[plain..];
            text = text[WriteSpecial(output, text)..];
        }

        output.Write((byte)'"');
    }

    public static void Write(JsonOutput output, string text, bool html) => Write(output, Encoding.UTF8.GetBytes(text), html);

    /// <returns>How many bytes of the text it was.</returns>
    private static int WriteSpecial(JsonOutput output, ReadOnlySpan<byte> text)
    {
        byte one = text[0];
        if (one == 0xe2)
        {
            if (text.StartsWith("\u2028"u8) || text.StartsWith("\u2029"u8))
            {
                output.Write(text[2] == 0xa8 ? "\\u2028"u8 : "\\u2029"u8);
                return 3;
            }

            output.Write(one);
            return 1;
        }

        byte letter = one switch
        {
            (byte)'"' or (byte)'\\' => one,
            (byte)'\b' => (byte)'b',
            (byte)'\f' => (byte)'f',
            (byte)'\n' => (byte)'n',
            (byte)'\r' => (byte)'r',
            (byte)'\t' => (byte)'t',
            _ => 0,
        };
        if (letter != 0)
            output.Write([(byte)'\\', letter]);
        else
            output.Write([(byte)'\\', (byte)'u', (byte)'0', (byte)'0', Hex(one >> 4), Hex(one & 15)]);
        return 1;
    }

    private static byte Hex(int digit) => (byte)(digit < 10 ? '0' + digit : 'a' + digit - 10);
}

using System.Text;

namespace Tenet.Protocol.Framing;

/// <summary>
/// The value of <c>grpc-message</c>: UTF-8, with every byte outside printable ASCII, and the percent sign, written as %XX.
/// </summary>
public static class StatusText
{
    private static readonly System.Buffers.SearchValues<char> Plain = System.Buffers.SearchValues.Create(
        " !\"#$&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    /// <summary>Encodes a text for the wire.</summary>
    public static string Encode(string text)
    {
        if (!text.AsSpan().ContainsAnyExcept(Plain))
            return text;
        var encoded = new StringBuilder(text.Length + 16);
        foreach (byte one in Encoding.UTF8.GetBytes(text))
        {
            if (Plain.Contains((char)one))
                encoded.Append((char)one);
            else
                encoded.Append($"%{one:X2}");
        }
        return encoded.ToString();
    }

    /// <summary>Decodes a text from the wire. A percent sign that starts no byte stands for itself.</summary>
    public static string Decode(string text)
    {
        if (!text.Contains('%', StringComparison.Ordinal))
            return text;
        byte[] raw = Encoding.UTF8.GetBytes(text);
        int length = 0;
        for (int i = 0; i < raw.Length; i++, length++)
        {
            bool isByte = raw[i] == '%' && i + 2 < raw.Length && char.IsAsciiHexDigit((char)raw[i + 1]) && char.IsAsciiHexDigit((char)raw[i + 2]);
            raw[length] = isByte ? (byte)((HexValue(raw[i + 1]) << 4) | HexValue(raw[i + 2])) : raw[i];
            if (isByte)
                i += 2;
        }
        return Encoding.UTF8.GetString(raw, 0, length);
    }

    private static int HexValue(byte digit) => char.IsAsciiDigit((char)digit) ? digit - '0' : (digit | 0x20) - 'a' + 10;
}

namespace Tenet.Protocol.Framing;

/// <summary>Values of headers whose name ends in <c>-bin</c>: base64, with padding or without.</summary>
public static class BinaryHeader
{
    /// <summary>Whether a header of this name carries bytes.</summary>
    public static bool IsBinary(string name) => name.EndsWith("-bin", StringComparison.OrdinalIgnoreCase);

    /// <summary>Decodes a value; false if it is not base64.</summary>
    public static bool TryDecode(string text, out byte[] value)
    {
        string padded = (text.Length % 4) switch
        {
            2 => text + "==",
            3 => text + "=",
            _ => text,
        };
        value = new byte[(padded.Length / 4 * 3) + 3];
        // The runtime skips white space inside base64; the protocol has none.
        if (text.AsSpan().ContainsAny(" \t\r\n") || !Convert.TryFromBase64String(padded, value, out int length))
        {
            value = [];
            return false;
        }
        Array.Resize(ref value, length);
        return true;
    }

    /// <summary>Where a value stops being base64, for the message that refuses it.</summary>
    public static int FirstIllegalByte(string text)
    {
        int at = text.AsSpan().IndexOfAnyExcept(Alphabet);
        return at < 0 ? text.Length : at;
    }

    private static readonly System.Buffers.SearchValues<char> Alphabet =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
}

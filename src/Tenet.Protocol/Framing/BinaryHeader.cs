namespace Tenet.Protocol.Framing;

/// <summary>Values of headers whose name ends in <c>-bin</c>: base64, with or without padding.</summary>
public static class BinaryHeader
{
    /// <summary>Whether a header of this name carries bytes.</summary>
    public static bool IsBinary(string name) => name.EndsWith("-bin", StringComparison.Ordinal);

    /// <summary>Decodes a value; false if it is not base64.</summary>
    public static bool TryDecode(string text, out byte[] value)
    {
        string padded = (text.Length % 4) switch
        {
            2 when !text.EndsWith('=') => text + "==",
            3 when !text.EndsWith('=') => text + "=",
            _ => text,
        };
        value = new byte[padded.Length / 4 * 3];
        if (!Convert.TryFromBase64String(padded, value, out int length))
            return false;
        Array.Resize(ref value, length);
        return true;
    }
}

using System.Buffers;
using System.Buffers.Text;

namespace Tenet.Rpc.Gateway.Json;

/// <summary>Base64 as gateways take it: either alphabet, with padding or without, line ends ignored.</summary>
internal static class LenientBase64
{
    /// <summary>Decodes into <paramref name="output"/>, which has room for three bytes for every four characters begun.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> output, out int written)
    {
        // What most callers send. (The library skips more white space than is allowed here, so that goes the long way.)
        if (text.Length % 4 == 0
            && text.IndexOfAny(" \t\r\n"u8) < 0
            && Base64.DecodeFromUtf8(text, output, out int consumed, out written) == OperationStatus.Done
            && consumed == text.Length)
        {
            return true;
        }

        bool url = text.IndexOfAny((byte)'-', (byte)'_') >= 0;
        bool padded = text.Length % 4 == 0;
        uint bits = 0;
        int digits = 0;
        written = 0;
        int at = 0;
        for (; at < text.Length && text[at] != '='; at++)
        {
            if (text[at] is (byte)'\r' or (byte)'\n')
                continue;
            if (ValueOf(text[at], url) is not { } value)
                return false;
            bits = (bits << 6) | value;
            if (++digits == 4)
            {
                output[written++] = (byte)(bits >> 16);
                output[written++] = (byte)(bits >> 8);
                output[written++] = (byte)bits;
                digits = 0;
            }
        }

        if (digits == 1 || !IsPadding(text[at..], padded && digits > 0 ? 4 - digits : 0))
            return false;
        if (digits >= 2)
            output[written++] = (byte)(bits >> ((6 * digits) - 8));
        if (digits == 3)
            output[written++] = (byte)(bits >> 2);
        return true;
    }

    private static bool IsPadding(ReadOnlySpan<byte> rest, int expected)
    {
        foreach (byte one in rest)
        {
            if (one == '=')
                expected--;
            else if (one is not ((byte)'\r' or (byte)'\n'))
                return false;
        }

        return expected == 0;
    }

    private static uint? ValueOf(byte one, bool url) => one switch
    {
        >= (byte)'A' and <= (byte)'Z' => (uint)(one - 'A'),
        >= (byte)'a' and <= (byte)'z' => (uint)(one - 'a' + 26),
        >= (byte)'0' and <= (byte)'9' => (uint)(one - '0' + 52),
        (byte)'+' when !url => 62,
        (byte)'/' when !url => 63,
        (byte)'-' when url => 62,
        (byte)'_' when url => 63,
        _ => null,
    };
}

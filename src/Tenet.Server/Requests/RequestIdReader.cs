namespace Tenet.Server.Requests;

/// <summary>Finds a request's identifier in its bytes without parsing the rest, so that an entry finds the caller that waits for it.</summary>
internal static class RequestIdReader
{
    private const ulong IdTag = 1 << 3;
    private const ulong HeaderTag = (100 << 3) | LengthDelimited;
    private const int LengthDelimited = 2;

    /// <summary>The identifier; 0 if the bytes have none or are no request.</summary>
    public static ulong Read(ReadOnlySpan<byte> request)
    {
        ulong headerId = 0;
        while (TryReadVarint(ref request, out ulong tag))
        {
            if ((tag & 7) == 0)
            {
                if (!TryReadVarint(ref request, out ulong value))
                    return 0;
                if (tag == IdTag)
                    return value;
            }
            else if ((tag & 7) == LengthDelimited)
            {
                if (!TryReadVarint(ref request, out ulong length) || length > (ulong)request.Length)
                    return 0;
                if (tag == HeaderTag)
                    headerId = Read(request[..(int)length]);
                request = request[(int)length..];
            }
            else
            {
                return 0;
            }
        }

        return headerId;
    }

    private static bool TryReadVarint(ref ReadOnlySpan<byte> bytes, out ulong value)
    {
        value = 0;
        for (int i = 0; i < bytes.Length && i < 10; i++)
        {
            value |= (ulong)(bytes[i] & 0x7f) << (7 * i);
            if (bytes[i] >= 0x80)
                continue;
            bytes = bytes[(i + 1)..];
            return true;
        }

        return false;
    }
}

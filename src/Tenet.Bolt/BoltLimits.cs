namespace Tenet.Bolt;

/// <summary>Limits of the file format (contract/storage.md, 4.3).</summary>
public static class BoltLimits
{
    /// <summary>The longest key, in bytes. The shortest has one byte.</summary>
    public const int KeyBytesMax = 32768;

    /// <summary>
    /// The longest value, in bytes. The format allows 2^31−2; the last 128 KiB are given up so that any page, with its header, key and
    /// padding, can be addressed as one span.
    /// </summary>
    public const int ValueBytesMax = int.MaxValue - 128 * 1024;

    /// <summary>The smallest page size, in bytes.</summary>
    public const int PageBytesMin = 1024;

    /// <summary>The largest page size, in bytes, that new files may have.</summary>
    public const int PageBytesMax = 65536;
}

namespace Tenet.Foundation.Checksums;

/// <summary>FNV-1a with 64 bits, the checksum of a db file's meta page (contract/storage.md, 4.2).</summary>
public static class Fnv1a64
{
    private const ulong OffsetBasis = 0xcbf29ce484222325;
    private const ulong Prime = 0x100000001b3;

    /// <summary>The checksum of these bytes.</summary>
    public static ulong Compute(ReadOnlySpan<byte> bytes)
    {
        ulong state = OffsetBasis;
        foreach (byte value in bytes)
            state = unchecked((state ^ value) * Prime);
        return state;
    }
}

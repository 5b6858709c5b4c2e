namespace Tenet.Bolt.Files;

/// <summary>How the mapping and the file grow (contract/storage.md, 4.8).</summary>
internal static class FileGrowth
{
    private const long SmallestMap = 1L << 15;
    private const long LargestDoubledMap = 1L << 30;
    private const long Chunk = 16L << 20;

    /// <summary>Bytes to map so that <paramref name="wanted"/> bytes fit.</summary>
    public static long MapBytes(long wanted)
    {
        for (long size = SmallestMap; size <= LargestDoubledMap; size <<= 1)
        {
            if (wanted <= size)
                return size;
        }

        return checked((wanted + LargestDoubledMap - 1) / LargestDoubledMap * LargestDoubledMap);
    }

    /// <summary>The new length of a file that is shorter than <paramref name="needed"/>.</summary>
    public static long FileBytes(long needed, long mapped) => mapped <= Chunk ? mapped : needed + Chunk;
}

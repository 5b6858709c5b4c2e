namespace Tenet.Bolt.Pages;

/// <summary>The four pages of a new file (contract/storage.md, 4.2).</summary>
internal static class NewFile
{
    private const int Pages = 4;
    private const int SectorBytes = 512;

    public static byte[] Image(int pageSize)
    {
        byte[] image = new byte[Pages * pageSize];
        for (ulong txId = 0; txId < 2; txId++)
        {
            var meta = new Meta(pageSize, Root: 3, Sequence: 0, Freelist: 2, HighWater: Pages, txId);
            meta.WritePage(image.AsSpan((int)txId * pageSize, pageSize), txId);
        }

        new PageHeader(2, PageFlags.Freelist, 0, 0).Write(image.AsSpan(2 * pageSize));
        new PageHeader(3, PageFlags.Leaf, 0, 0).Write(image.AsSpan(3 * pageSize));
        return image;
    }

    /// <summary>
    /// Whether this is what a crash while the file was being made may have left: nothing but whole sectors of a new file's image and of
    /// zeros. Such a file never held a commit, since a commit would have left pages of another content.
    /// </summary>
    public static bool IsUnfinished(ReadOnlySpan<byte> content, int pageSize)
    {
        byte[] image = Image(pageSize);
        if (content.Length > image.Length)
            return false;
        for (int start = 0; start < content.Length; start += SectorBytes)
        {
            int length = Math.Min(SectorBytes, content.Length - start);
            ReadOnlySpan<byte> sector = content.Slice(start, length);
            if (!sector.SequenceEqual(image.AsSpan(start, length)) && sector.ContainsAnyExcept((byte)0))
                return false;
        }

        return true;
    }
}

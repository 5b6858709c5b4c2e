using System.Buffers.Binary;
using Tenet.Foundation;

namespace Tenet.Bolt.Pages;

/// <summary>The stored list of free pages (contract/storage.md, 4.5).</summary>
internal static class FreelistPage
{
    /// <summary>In the count field: the number of ids is the first word of the body.</summary>
    public const int CountInBody = 0xFFFF;

    /// <summary>Pages to reserve for this many ids; as many as bbolt reserves.</summary>
    public static int PagesFor(long ids, int pageSize)
    {
        long words = ids >= CountInBody ? ids + 1 : ids;
        return checked((int)((PageHeader.Bytes + sizeof(ulong) * words) / pageSize + 1));
    }

    /// <summary>The ids as they stand there; whether they make sense is not looked at.</summary>
    /// <param name="page">The page with its continuation pages.</param>
    /// <param name="path">The file, for messages.</param>
    /// <param name="offset">Where the page begins in the file.</param>
    public static ulong[] Read(ReadOnlySpan<byte> page, string path, long offset)
    {
        PageHeader header = PageHeader.Read(page);
        if (header.Flags != PageFlags.Freelist)
            throw new CorruptionException(path, offset, "a freelist page", $"page type {PageFlags.NameOf(header.Flags)}");
        ReadOnlySpan<byte> body = page[PageHeader.Bytes..];
        ulong count = header.Count;
        if (header.Count == CountInBody)
        {
            count = BinaryPrimitives.ReadUInt64LittleEndian(body);
            body = body[sizeof(ulong)..];
        }

        if (count > (ulong)body.Length / sizeof(ulong))
            throw new CorruptionException(path, offset, $"a free list within {page.Length} bytes", $"{count} ids");
        ulong[] ids = new ulong[count];
        for (int i = 0; i < ids.Length; i++)
            ids[i] = BinaryPrimitives.ReadUInt64LittleEndian(body[(i * sizeof(ulong))..]);
        return ids;
    }
}

using Tenet.Bolt.Pages;

namespace Tenet.Bolt.Files;

/// <summary>
/// The file as a client receives it (contract/storage.md, 7.1): both meta pages show this state, the second under the txid before, and all
/// other pages below the high water mark are as they lie there.
/// </summary>
internal static class SnapshotImage
{
    public static int Read(PageSource pages, long offset, Span<byte> destination)
    {
        int pageSize = pages.Meta.PageSize;
        int total = 0;
        while (!destination.IsEmpty && offset < pages.Meta.Size)
        {
            int length;
            if (offset < 2L * pageSize)
                length = CopyMeta(pages.Meta, offset, destination);
            else
                length = CopyPages(pages, offset, destination);
            total += length;
            offset += length;
            destination = destination[length..];
        }

        return total;
    }

    private static int CopyMeta(in Meta meta, long offset, Span<byte> destination)
    {
        int slot = (int)(offset / meta.PageSize);
        // The first state of all has no txid before it.
        ulong first = Math.Max(meta.TxId, 1);
        Meta shown = meta with { TxId = slot == 0 ? first : first - 1 };
        byte[] page = new byte[meta.PageSize];
        shown.WritePage(page, (ulong)slot);
        ReadOnlySpan<byte> part = page.AsSpan((int)(offset % meta.PageSize));
        int length = Math.Min(part.Length, destination.Length);
        part[..length].CopyTo(destination);
        return length;
    }

    private static int CopyPages(PageSource pages, long offset, Span<byte> destination)
    {
        int length = (int)Math.Min(destination.Length, pages.Meta.Size - offset);
        pages.Bytes(offset, length).CopyTo(destination);
        return length;
    }
}

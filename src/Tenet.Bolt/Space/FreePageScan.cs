using Tenet.Bolt.Files;
using Tenet.Bolt.Pages;
using Tenet.Bolt.Trees;
using Tenet.Foundation;

namespace Tenet.Bolt.Space;

/// <summary>Finds the free pages of a state: in its stored list, or else as everything that its trees do not reach (contract/storage.md, 4.5).</summary>
/// <remarks>
/// A list that names a page twice, or one that is not free, is refused: to allocate from it would overwrite data. So is a tree that
/// reaches a page twice.
/// </remarks>
internal static class FreePageScan
{
    public static FreePages Load(PageSource pages)
    {
        var reached = new FreePages();
        Reach(pages, pages.Meta.Root, reached, 0);
        return pages.Meta.Freelist == Meta.NoFreelist ? Unreached(pages, reached) : ReadStored(pages, reached);
    }

    private static FreePages ReadStored(PageSource pages, FreePages reached)
    {
        Meta meta = pages.Meta;
        ReadOnlySpan<byte> page = pages.Raw(meta.Freelist);
        long offset = pages.OffsetOf(meta.Freelist);
        for (ulong id = meta.Freelist; id < meta.Freelist + (ulong)(page.Length / meta.PageSize); id++)
            reached.Add(ThrowIfReached(pages, reached, offset, id), 1);
        var free = new FreePages();
        foreach (ulong id in FreelistPage.Read(page, pages.Path, offset))
        {
            if (id < 2 || id >= meta.HighWater)
                throw new CorruptionException(pages.Path, offset, $"free pages below {meta.HighWater}", $"page {id}");
            if (free.Contains(id))
                throw new CorruptionException(pages.Path, offset, "every free page once", $"page {id} twice");
            free.Add(ThrowIfReached(pages, reached, offset, id), 1);
        }

        return free;
    }

    private static ulong ThrowIfReached(PageSource pages, FreePages reached, long offset, ulong id) =>
        reached.Contains(id) ? throw new CorruptionException(pages.Path, offset, "no page of a tree in the list of free pages", $"page {id}") : id;

    private static FreePages Unreached(PageSource pages, FreePages reached)
    {
        ulong highWater = pages.Meta.HighWater;
        var free = new FreePages();
        for (ulong page = 2; page < highWater; page++)
        {
            if (reached.Contains(page))
                continue;
            ulong start = page;
            while (page < highWater && !reached.Contains(page))
                page++;
            free.Add(start, (uint)(page - start));
        }

        return free;
    }

    private static void Reach(PageSource pages, ulong id, FreePages reached, int depth)
    {
        long offset = (long)id * pages.Meta.PageSize;
        if (depth == Tree.DepthMax)
            throw new CorruptionException(pages.Path, offset, $"a tree of at most {Tree.DepthMax} levels", $"page {id} still deeper");
        uint count = (uint)(pages.Raw(id).Length / pages.Meta.PageSize);
        for (ulong page = id; page < id + count; page++)
        {
            if (reached.Contains(page))
                throw new CorruptionException(pages.Path, offset, "every page in one place of the trees", $"page {page} in two");
        }

        reached.Add(id, count);
        PageView view = pages.Page(id);
        for (int i = 0; i < view.Count; i++)
        {
            if (!view.IsLeaf)
            {
                Reach(pages, view.Child(i), reached, depth + 1);
            }
            else if ((view.Flags(i) & PageFlags.BucketElement) != 0)
            {
                ulong root = BucketHeader.Read(view.Value(i), pages.Path, offset).Root;
                if (root != 0)
                    Reach(pages, root, reached, 0);
            }
        }
    }
}

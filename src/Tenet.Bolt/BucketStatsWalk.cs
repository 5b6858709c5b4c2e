using Tenet.Bolt.Files;
using Tenet.Bolt.Pages;
using Tenet.Bolt.Trees;

namespace Tenet.Bolt;

/// <summary>Counts what a bucket's committed pages hold.</summary>
internal sealed class BucketStatsWalk
{
    private readonly PageSource _pages;
    private long _keys;
    private long _branches;
    private long _leaves;
    private long _overflow;
    private long _branchOverflow;
    private long _branchBytes;
    private long _inlineBytes;
    private long _bytes;
    private long _buckets;
    private long _inline;
    private int _depth;

    private BucketStatsWalk(PageSource pages) => _pages = pages;

    public static BoltBucketStats Run(Tree tree, PageSource pages)
    {
        var walk = new BucketStatsWalk(pages);
        if (tree.RootPage == 0)
            walk.CountInline(tree.View(0));
        else
            walk.CountPage(tree.RootPage, 1);
        return new BoltBucketStats
        {
            Keys = walk._keys,
            Depth = walk._depth,
            BranchPages = walk._branches,
            LeafPages = walk._leaves,
            OverflowPages = walk._overflow,
            BytesInUse = walk._bytes,
            BranchOverflowPages = walk._branchOverflow,
            BranchBytesInUse = walk._branchBytes,
            InlineBytesInUse = walk._inlineBytes,
            Buckets = walk._buckets,
            InlineBuckets = walk._inline,
        };
    }

    private void CountPage(ulong id, int depth)
    {
        if (depth > Tree.DepthMax)
            new Tree(_pages, null, id).ThrowTooDeep(id);
        PageView page = _pages.Page(id);
        long overflow = _pages.Raw(id).Length / _pages.Meta.PageSize - 1;
        _overflow += overflow;
        long bytes = PageHeader.Bytes + (long)page.Count * PageView.ElementBytes;
        _bytes += bytes;
        _depth = Math.Max(_depth, depth);
        if (page.IsLeaf)
        {
            _leaves++;
            CountLeaf(page);
            return;
        }

        _branches++;
        _branchOverflow += overflow;
        _branchBytes += bytes;
        for (int i = 0; i < page.Count; i++)
        {
            _bytes += page.Key(i).Length;
            _branchBytes += page.Key(i).Length;
            CountPage(page.Child(i), depth + 1);
        }
    }

    private void CountLeaf(in PageView page)
    {
        for (int i = 0; i < page.Count; i++)
        {
            _keys++;
            ReadOnlySpan<byte> value = page.Value(i);
            _bytes += page.Key(i).Length + value.Length;
            if ((page.Flags(i) & PageFlags.BucketElement) == 0)
                continue;
            _buckets++;
            BucketHeader header = BucketHeader.Read(value, _pages.Path, 0);
            if (header.Root != 0)
            {
                CountPage(header.Root, 1);
                continue;
            }

            _inline++;
            CountInline(new PageView(value[BucketHeader.Bytes..], _pages.Path, 0));
        }
    }

    private void CountInline(in PageView page)
    {
        _depth = Math.Max(_depth, 1);
        _keys += page.Count;
        _inlineBytes += PageHeader.Bytes + (long)page.Count * PageView.ElementBytes;
        for (int i = 0; i < page.Count; i++)
            _inlineBytes += page.Key(i).Length + page.Value(i).Length;
    }
}

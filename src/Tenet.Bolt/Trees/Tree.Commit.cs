using Tenet.Bolt.Files;
using Tenet.Bolt.Pages;
using Tenet.Foundation;

namespace Tenet.Bolt.Trees;

/// <summary>Merging what became small, dividing what became large, and giving every changed node its new page (contract/storage.md, 4.9).</summary>
/// <remarks>
/// Other programs rely on three properties of what is written here: the key of a branch element is exactly the first key of its subtree, a
/// branch has at least two children, and no leaf but a root is empty.
/// </remarks>
internal sealed partial class Tree
{
    private const double FillPercentMin = 0.1;
    private const double FillPercentMax = 1.0;
    private const int ElementsMin = 2;

    /// <summary>A page is never made larger than this for the sake of <see cref="ElementsMin"/>, so that it can be addressed as one span.</summary>
    private const long HugePage = 1L << 30;

    /// <summary>Whether the tree is one leaf, without nested buckets, that takes at most a quarter of a page (contract/storage.md, 4.4).</summary>
    public bool FitsInline(int pageSize)
    {
        if (Root is not { IsLeaf: true })
            return false;
        long size = PageHeader.Bytes;
        for (int i = 0; i < Root.Count; i++)
        {
            size += Root[i].ByteSize;
            if ((Root[i].Flags & PageFlags.BucketElement) != 0 || size > pageSize / 4)
                return false;
        }

        return true;
    }

    /// <summary>Turns the changed root leaf into an inline page behind a bucket header of <paramref name="headerBytes"/> bytes.</summary>
    public byte[] ToInline(int headerBytes)
    {
        Invariant.That(Root is { IsLeaf: true }, $"only a leaf can be stored inline");
        byte[] value = new byte[headerBytes + Root.ByteSize];
        NodeWriter.WriteInline(value.AsSpan(headerBytes), Root);
        InlinePage = value.AsMemory(headerBytes);
        RootPage = 0;
        return value;
    }

    /// <summary>Merges nodes that lost entries with their neighbours, and lowers the tree while its root has a single child.</summary>
    public void Rebalance(double fillPercent)
    {
        if (Root is null)
            return;
        _tail = null;
        var merging = new Merging(this, (long)(_pages.Meta.PageSize * Math.Clamp(fillPercent, FillPercentMin, FillPercentMax) / 2));
        merging.MergeBelow(Root);
        while (Root is { IsLeaf: false, Count: <= 1 })
            Root = Root.Count == 1 ? TakeApartChild(Root, 0) : new Node(isLeaf: true, capacity: 0);
    }

    /// <summary>Gives every changed node one page or several.</summary>
    public void Spill(DirtyPages pages, double fillPercent)
    {
        if (Root is null)
            return;
        long threshold = (long)(pages.PageSize * Math.Clamp(fillPercent, FillPercentMin, FillPercentMax));
        var pieces = new List<NodeEntry>();
        SpillNode(Root, pages, threshold, pieces);
        while (pieces.Count > 1)
        {
            var root = new Node(isLeaf: false, pieces.Count);
            root.Replace(pieces);
            pieces.Clear();
            Divide(root, pages, threshold, pieces);
        }

        RootPage = pieces[0].Page;
        InlinePage = default;
    }

    /// <summary>Drops every page of the tree that was not taken apart; <paramref name="onBucket"/> gets the nested buckets met.</summary>
    public void FreeAll(Action<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> onBucket)
    {
        if (Root is not null)
            FreeNode(Root, onBucket);
        else if (RootPage != 0)
            FreePage(RootPage, onBucket, 0);
        Version++;
    }

    private static void SpillNode(Node node, DirtyPages pages, long threshold, List<NodeEntry> pieces)
    {
        if (!node.IsLeaf)
        {
            var children = new List<NodeEntry>(node.Count + 1);
            for (int i = 0; i < node.Count; i++)
            {
                if (node[i].Child is { } child)
                    SpillNode(child, pages, threshold, children);
                else
                    children.Add(node[i]);
            }

            node.Replace(children);
        }

        Divide(node, pages, threshold, pieces);
    }

    /// <summary>Cuts a node that does not fit a page into pieces of about the wanted fill, and gives each its page.</summary>
    private static void Divide(Node node, DirtyPages pages, long threshold, List<NodeEntry> pieces)
    {
        long remaining = node.ByteSize;
        int from = 0;
        do
        {
            int to = node.Count;
            long size = remaining;
            if (remaining > pages.PageSize)
                (to, size) = EndOfPiece(node, from, remaining, threshold);
            ulong page = pages.Add(node, from, to, size);
            pieces.Add(new NodeEntry { Key = from < to ? node[from].Key : default, Page = page });
            remaining -= size - PageHeader.Bytes;
            from = to;
        }
        while (from < node.Count);
    }

    private static (int End, long Size) EndOfPiece(Node node, int from, long remaining, long threshold)
    {
        bool mayDivide = node.Count - from > 2 * ElementsMin;
        if (!mayDivide && remaining <= HugePage)
            return (node.Count, remaining);
        long size = PageHeader.Bytes;
        int end = from;
        for (; end < node.Count; end++)
        {
            long element = node[end].ByteSize;
            int taken = end - from;
            if (taken >= 1 && size + element > HugePage)
                break;
            if (mayDivide && taken >= ElementsMin && (size + element > threshold || node.Count - end <= ElementsMin))
                break;
            size += element;
        }

        return (end, size);
    }

    private void FreeNode(Node node, Action<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> onBucket)
    {
        for (int i = 0; i < node.Count; i++)
        {
            if (!node.IsLeaf && node[i].Child is { } child)
                FreeNode(child, onBucket);
            else if (!node.IsLeaf)
                FreePage(node[i].Page, onBucket, 0);
            else if ((node[i].Flags & PageFlags.BucketElement) != 0)
                onBucket(node[i].Key, node[i].Value);
        }
    }

    private void FreePage(ulong page, Action<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> onBucket, int depth)
    {
        if (depth == DepthMax)
            ThrowTooDeep(page);
        PageView view = _pages.Page(page);
        for (int i = 0; i < view.Count; i++)
        {
            if (!view.IsLeaf)
                FreePage(view.Child(i), onBucket, depth + 1);
            else if ((view.Flags(i) & PageFlags.BucketElement) != 0)
                onBucket(view.Key(i).ToArray(), ValueMemory(page, view, i, out _));
        }

        _ledger!.Free(page, (uint)(_pages.Raw(page).Length / _pages.Meta.PageSize));
    }

    private readonly struct Merging(Tree tree, long threshold)
    {
        public void MergeBelow(Node branch)
        {
            if (branch.IsLeaf)
                return;
            for (int i = 0; i < branch.Count; i++)
            {
                if (branch[i].Child is { } child)
                    MergeBelow(child);
            }

            MergeChildren(branch);
        }

        private void MergeChildren(Node branch)
        {
            int index = 0;
            while (index < branch.Count)
            {
                if (branch[index].Child is not { } child || !IsSmall(child))
                {
                    index++;
                }
                else if (child.Count == 0)
                {
                    branch.RemoveAt(index);
                }
                else if (branch.Count == 1)
                {
                    // No neighbour: this branch is small itself and will be merged, after which its children are looked at again.
                    return;
                }
                else
                {
                    index = MergeWithNeighbour(branch, index);
                }
            }
        }

        private int MergeWithNeighbour(Node branch, int index)
        {
            int left = index == 0 ? 0 : index - 1;
            Node target = tree.TakeApartChild(branch, left);
            Node source = tree.TakeApartChild(branch, left + 1);
            if (target.IsLeaf != source.IsLeaf)
                throw new CorruptionException(tree._pages.Path, 0, "leaves at one depth of the tree", "a leaf beside a branch");
            target.TakeAll(source);
            target.Shrunk = false;
            branch.RemoveAt(left + 1);
            if (!target.IsLeaf)
                MergeChildren(target);
            return left;
        }

        private bool IsSmall(Node node)
        {
            if (node.Count < (node.IsLeaf ? 1 : ElementsMin))
                return true;
            return node.Shrunk && (node.Count <= (node.IsLeaf ? 1 : ElementsMin) || node.ByteSize <= threshold);
        }
    }
}

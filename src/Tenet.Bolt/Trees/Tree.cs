using Tenet.Bolt.Files;
using Tenet.Bolt.Pages;
using Tenet.Bolt.Space;
using Tenet.Foundation;

namespace Tenet.Bolt.Trees;

/// <summary>
/// The B+tree of one bucket: pages as committed and, in a write transaction, the pages on the way to a change taken apart into nodes. A
/// node's page counts as dropped from the moment it is taken apart.
/// </summary>
internal sealed partial class Tree
{
    /// <summary>No tree that fits a file is deeper, since a branch has two children; deeper means pages in a circle.</summary>
    internal const int DepthMax = 64;

    /// <summary>A node that grew beyond this is split at once, so that inserting into its middle stays cheap.</summary>
    private const int LargeNode = 1024;

    private readonly PageSource _pages;
    private readonly PageLedger? _ledger;
    private readonly long _inlineOffset;

    /// <summary>The way from the root to the leaf taken apart last; made at the first change.</summary>
    private Node[] _pathNodes = [];
    private int[] _pathIndexes = [];
    private int _depth;

    /// <summary>The last leaf of the tree while ascending keys are appended to it.</summary>
    private Node? _tail;

    /// <param name="pages">The committed state.</param>
    /// <param name="ledger">The writer's ledger; null in a read transaction.</param>
    /// <param name="rootPage">The root page; 0 for an inline bucket.</param>
    /// <param name="inlinePage">The page image of an inline bucket.</param>
    /// <param name="inlineOffset">Where the image lies in the file, for messages.</param>
    public Tree(PageSource pages, PageLedger? ledger, ulong rootPage, ReadOnlyMemory<byte> inlinePage = default, long inlineOffset = 0)
    {
        _pages = pages;
        _ledger = ledger;
        _inlineOffset = inlineOffset;
        RootPage = rootPage;
        InlinePage = inlinePage;
    }

    /// <summary>The root page; 0 if the tree is one leaf within another page.</summary>
    public ulong RootPage { get; private set; }

    /// <summary>The leaf of an inline tree.</summary>
    public ReadOnlyMemory<byte> InlinePage { get; private set; }

    /// <summary>The root, once something below it was changed.</summary>
    public Node? Root { get; private set; }

    /// <summary>Grows with every change.</summary>
    public int Version { get; private set; }

    /// <summary>A page of this tree; 0 is the inline page.</summary>
    public PageView View(ulong page) => page == 0 ? new PageView(InlinePage.Span, _pages.Path, _inlineOffset) : _pages.Page(page);

    /// <summary>Looks a key up.</summary>
    public bool TryFind(scoped ReadOnlySpan<byte> key, out uint flags, out ReadOnlySpan<byte> value)
    {
        ulong page = RootPage;
        Node? node = Root;
        while (node is not null)
        {
            int index = node.IsLeaf ? node.Search(key, out bool found) : FoundChild(node, key, out found);
            if (node.IsLeaf)
            {
                flags = found ? node[index].Flags : 0;
                value = found ? node[index].Value.Span : default;
                return found;
            }

            page = node[index].Page;
            node = node[index].Child;
        }

        return TryFindInPages(page, key, out flags, out value);
    }

    /// <summary>As <see cref="TryFind"/>, for a value that is kept.</summary>
    /// <param name="key">The key.</param>
    /// <param name="flags">The element's flags.</param>
    /// <param name="value">The value.</param>
    /// <param name="offset">Where the value lies in the file; 0 if it is not there yet.</param>
    public bool TryFindMemory(ReadOnlySpan<byte> key, out uint flags, out ReadOnlyMemory<byte> value, out long offset)
    {
        flags = 0;
        value = default;
        offset = 0;
        ulong page = RootPage;
        Node? node = Root;
        while (node is { IsLeaf: false })
        {
            int child = node.ChildIndex(key);
            page = node[child].Page;
            node = node[child].Child;
        }

        bool found;
        int index;
        if (node is not null)
        {
            index = node.Search(key, out found);
            if (!found)
                return false;
            flags = node[index].Flags;
            value = node[index].Value;
            return true;
        }

        PageView view = Descend(ref page, key);
        index = view.Search(key, out found);
        if (!found)
            return false;
        flags = view.Flags(index);
        value = ValueMemory(page, view, index, out offset);
        return true;
    }

    /// <summary>The value of an element as memory.</summary>
    public ReadOnlyMemory<byte> ValueMemory(ulong page, in PageView view, int index, out long offset)
    {
        Range range = view.ValueRange(index);
        int length = range.End.Value - range.Start.Value;
        offset = (page == 0 ? _inlineOffset : _pages.OffsetOf(page)) + range.Start.Value;
        return page == 0 ? InlinePage[range] : _pages.Memory(offset, length);
    }

    /// <summary>Sets a key; neither memory may change before the commit.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="flags"><see cref="PageFlags.BucketElement"/> or 0; an existing entry must have the same.</param>
    public void Put(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, uint flags)
    {
        var entry = new NodeEntry { Key = key, Value = value, Flags = flags };
        if (_tail is not null && _tail.LastKey.SequenceCompareTo(key.Span) < 0)
        {
            Version++;
            _tail.Append(entry);
            return;
        }

        Node leaf = TakeApartTo(key.Span, out bool isLast);
        int index = leaf.Search(key.Span, out bool found);
        if (found && (leaf[index].Flags & PageFlags.BucketElement) != flags)
            throw new InvalidOperationException("incompatible value");
        Version++;
        if (found)
        {
            leaf[index].Value = value;
            return;
        }

        leaf.Insert(index, entry);
        bool appended = index == leaf.Count - 1;
        _tail = appended && isLast ? leaf : null;
        if (!appended && leaf.Count > LargeNode)
            SplitLarge(_depth, leaf);
    }

    /// <summary>Removes a key.</summary>
    /// <returns>False if it was not there.</returns>
    public bool Delete(ReadOnlySpan<byte> key, uint flags)
    {
        if (!TryFind(key, out uint present, out _))
            return false;
        if ((present & PageFlags.BucketElement) != flags)
            throw new InvalidOperationException("incompatible value");
        Node leaf = TakeApartTo(key, out _);
        int index = leaf.Search(key, out bool found);
        Invariant.That(found, $"a key that was found is not in the leaf taken apart");
        Version++;
        _tail = null;
        leaf.RemoveAt(index);
        return true;
    }

    /// <summary>Goes down to the leaf page that may hold the key.</summary>
    /// <param name="page">The page to begin with; the leaf page on return.</param>
    /// <param name="key">The key.</param>
    public PageView Descend(scoped ref ulong page, scoped ReadOnlySpan<byte> key)
    {
        PageView view = View(page);
        for (int depth = 0; !view.IsLeaf; depth++)
        {
            if (depth == DepthMax)
                ThrowTooDeep(page);
            page = view.Child(view.ChildIndex(key));
            view = _pages.Page(page);
        }

        return view;
    }

    internal void ThrowTooDeep(ulong page) => throw new CorruptionException(
        _pages.Path, _pages.OffsetOf(page), $"a tree of at most {DepthMax} levels", $"page {page} still deeper, so pages refer to each other in a circle");

    private static int FoundChild(Node node, ReadOnlySpan<byte> key, out bool found)
    {
        found = true;
        return node.ChildIndex(key);
    }

    private bool TryFindInPages(ulong page, scoped ReadOnlySpan<byte> key, out uint flags, out ReadOnlySpan<byte> value)
    {
        PageView view = Descend(ref page, key);
        int index = view.Search(key, out bool found);
        flags = found ? view.Flags(index) : 0;
        value = found ? view.Value(index) : default;
        return found;
    }

    /// <summary>Takes the pages from the root to the key's leaf apart and remembers the path.</summary>
    private Node TakeApartTo(ReadOnlySpan<byte> key, out bool isLast)
    {
        Node node = TakeApartRoot();
        isLast = true;
        _depth = 0;
        while (!node.IsLeaf)
        {
            if (_depth == DepthMax)
                ThrowTooDeep(RootPage);
            int index = node.ChildIndex(key);
            isLast &= index == node.Count - 1;
            _pathNodes[_depth] = node;
            _pathIndexes[_depth] = index;
            _depth++;
            node = TakeApartChild(node, index);
        }

        return node;
    }

    private Node TakeApartRoot()
    {
        if (Root is not null)
            return Root;
        _pathNodes = new Node[DepthMax];
        _pathIndexes = new int[DepthMax];
        Root = RootPage == 0 ? Node.Decode(View(0), InlinePage) : TakeApart(RootPage);
        return Root;
    }

    private Node TakeApartChild(Node parent, int index) => parent[index].Child ??= TakeApart(parent[index].Page);

    private Node TakeApart(ulong page)
    {
        Invariant.That(_ledger is not null, $"page {page} is changed in a read transaction");
        ReadOnlySpan<byte> raw = _pages.Raw(page);
        Node node = Node.Decode(_pages.Page(page), _pages.Memory(_pages.OffsetOf(page), raw.Length));
        _ledger.Free(page, (uint)(raw.Length / _pages.Meta.PageSize));
        return node;
    }

    /// <summary>Halves a node, and then its parent if that has grown large in turn.</summary>
    private void SplitLarge(int depth, Node node)
    {
        _tail = null;
        Node right = node.SplitOff(node.Count / 2);
        var rightEntry = new NodeEntry { Key = right[0].Key, Child = right };
        if (depth == 0)
        {
            Root = new Node(isLeaf: false, capacity: 2);
            Root.Append(new NodeEntry { Key = node[0].Key, Child = node });
            Root.Append(rightEntry);
            return;
        }

        Node parent = _pathNodes[depth - 1];
        int index = _pathIndexes[depth - 1];
        // The first child may have taken keys below the one under which it stands here.
        parent[index].Key = node[0].Key;
        parent.Insert(index + 1, rightEntry);
        if (parent.Count > LargeNode)
            SplitLarge(depth - 1, parent);
    }
}

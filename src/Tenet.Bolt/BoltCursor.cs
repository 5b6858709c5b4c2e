using Tenet.Bolt.Pages;
using Tenet.Bolt.Trees;

namespace Tenet.Bolt;

/// <summary>
/// A position in a bucket. It may be moved any number of times and kept for the life of its transaction. When the bucket changes under it, it
/// still shows the entry as it was, and moves on from that key.
/// </summary>
public sealed class BoltCursor
{
    private const int FramesAtFirst = 6;

    private readonly BoltBucket _bucket;
    private readonly BoltReadTransaction _transaction;
    private readonly Tree _tree;
    private Frame[] _frames = new Frame[FramesAtFirst];
    private int _leaf;
    private Place _place = Place.Nowhere;
    private int _version;

    /// <summary>The entry, where the leaf is a node: the node's entries move when it changes.</summary>
    private NodeEntry _entry;

    internal BoltCursor(BoltBucket bucket, BoltReadTransaction transaction)
    {
        _bucket = bucket;
        _transaction = transaction;
        _tree = bucket.Tree;
    }

    private enum Place
    {
        Nowhere,
        BeforeFirst,
        OnEntry,
        BehindLast,
    }

    /// <summary>Whether the cursor stands on an entry.</summary>
    public bool IsValid => _place == Place.OnEntry;

    /// <summary>The key at the cursor; empty if it stands on none.</summary>
    public ReadOnlySpan<byte> Key
    {
        get
        {
            if (!OnEntry())
                return default;
            ref Frame leaf = ref _frames[_leaf];
            return leaf.Node is not null ? _entry.Key.Span : _tree.View(leaf.Page).Key(leaf.Index);
        }
    }

    /// <summary>The value at the cursor; empty on a nested bucket.</summary>
    public ReadOnlySpan<byte> Value
    {
        get
        {
            if (!OnEntry())
                return default;
            ref Frame leaf = ref _frames[_leaf];
            if (leaf.Node is not null)
                return (_entry.Flags & PageFlags.BucketElement) == 0 ? _entry.Value.Span : default;
            PageView page = _tree.View(leaf.Page);
            return (page.Flags(leaf.Index) & PageFlags.BucketElement) == 0 ? page.Value(leaf.Index) : default;
        }
    }

    /// <summary>Whether the entry is a nested bucket.</summary>
    public bool IsBucket
    {
        get
        {
            if (!OnEntry())
                return false;
            ref Frame leaf = ref _frames[_leaf];
            uint flags = leaf.Node is not null ? _entry.Flags : _tree.View(leaf.Page).Flags(leaf.Index);
            return (flags & PageFlags.BucketElement) != 0;
        }
    }

    /// <summary>Moves to the smallest key.</summary>
    /// <returns>False if the bucket is empty.</returns>
    public bool First()
    {
        PushRoot();
        DescendToFirst();
        return Settle(_frames[_leaf].Count > 0 || Advance(), Place.BehindLast);
    }

    /// <summary>Moves to the largest key.</summary>
    /// <returns>False if the bucket is empty.</returns>
    public bool Last()
    {
        PushRoot();
        _frames[0].Index = _frames[0].Count - 1;
        DescendToLast();
        return Settle(_frames[_leaf].Count > 0 || Retreat(), Place.BeforeFirst);
    }

    /// <summary>Moves to the next larger key; if not yet positioned, or in front of the smallest key, to the smallest.</summary>
    /// <returns>False if there is none; the cursor then stands behind the largest key.</returns>
    public bool Next()
    {
        _bucket.ThrowIfEnded();
        if (_place is Place.Nowhere or Place.BeforeFirst)
            return First();
        if (_place == Place.BehindLast)
            return false;
        if (_version == _tree.Version)
            return Settle(Advance(), Place.BehindLast);

        ReadOnlySpan<byte> from = Key;
        if (!Seek(from))
            return false;
        return !Key.SequenceEqual(from) || Settle(Advance(), Place.BehindLast);
    }

    /// <summary>Moves to the next smaller key; if not yet positioned, or behind the largest key, to the largest.</summary>
    /// <returns>False if there is none; the cursor then stands in front of the smallest key.</returns>
    public bool Previous()
    {
        _bucket.ThrowIfEnded();
        if (_place is Place.Nowhere or Place.BehindLast)
            return Last();
        if (_place == Place.BeforeFirst)
            return false;
        if (_version == _tree.Version)
            return Settle(Retreat(), Place.BeforeFirst);
        return Seek(Key) ? Settle(Retreat(), Place.BeforeFirst) : Last();
    }

    /// <summary>Moves to the smallest key at or above this one.</summary>
    /// <returns>False if there is none; the cursor then stands behind the largest key.</returns>
    public bool Seek(ReadOnlySpan<byte> key)
    {
        PushRoot();
        while (true)
        {
            ref Frame frame = ref _frames[_leaf];
            if (frame.Node is not null)
            {
                frame.Index = frame.IsLeaf ? frame.Node.Search(key, out _) : frame.Node.ChildIndex(key);
            }
            else
            {
                PageView page = _tree.View(frame.Page);
                frame.Index = frame.IsLeaf ? page.Search(key, out _) : page.ChildIndex(key);
            }

            if (frame.IsLeaf)
                break;
            PushChild();
        }

        ref Frame leaf = ref _frames[_leaf];
        if (leaf.Index < leaf.Count)
            return Settle(true, Place.BehindLast);
        leaf.Index = leaf.Count - 1;
        return Settle(Advance(), Place.BehindLast);
    }

    private bool OnEntry()
    {
        _transaction.ThrowIfEnded();
        return _place == Place.OnEntry;
    }

    private bool Settle(bool onEntry, Place otherwise)
    {
        _place = onEntry ? Place.OnEntry : otherwise;
        if (!onEntry)
            return false;
        ref Frame leaf = ref _frames[_leaf];
        if (leaf.Node is not null)
            _entry = leaf.Node[leaf.Index];
        return true;
    }

    /// <summary>One entry forwards, over empty leaves.</summary>
    private bool Advance()
    {
        do
        {
            while (_frames[_leaf].Index + 1 >= _frames[_leaf].Count)
            {
                if (_leaf-- == 0)
                    return false;
            }

            _frames[_leaf].Index++;
            DescendToFirst();
        }
        while (_frames[_leaf].Count == 0);
        return true;
    }

    /// <summary>One entry backwards, over empty leaves.</summary>
    private bool Retreat()
    {
        do
        {
            while (_frames[_leaf].Index <= 0)
            {
                if (_leaf-- == 0)
                    return false;
            }

            _frames[_leaf].Index--;
            DescendToLast();
        }
        while (_frames[_leaf].Count == 0);
        return true;
    }

    private void DescendToFirst()
    {
        while (!_frames[_leaf].IsLeaf)
            PushChild();
    }

    private void DescendToLast()
    {
        while (!_frames[_leaf].IsLeaf)
        {
            PushChild();
            _frames[_leaf].Index = _frames[_leaf].Count - 1;
        }
    }

    private void PushRoot()
    {
        _bucket.ThrowIfEnded();
        _version = _tree.Version;
        _leaf = -1;
        Push(_tree.Root, _tree.RootPage);
    }

    private void PushChild()
    {
        ref Frame frame = ref _frames[_leaf];
        if (frame.Node is not null)
            Push(frame.Node[frame.Index].Child, frame.Node[frame.Index].Page);
        else
            Push(null, _tree.View(frame.Page).Child(frame.Index));
    }

    private void Push(Node? node, ulong page)
    {
        if (++_leaf == Tree.DepthMax)
            _tree.ThrowTooDeep(page);
        if (_leaf == _frames.Length)
            Array.Resize(ref _frames, _frames.Length * 2);
        ref Frame frame = ref _frames[_leaf];
        frame.Node = node;
        frame.Page = page;
        frame.Index = 0;
        if (node is not null)
        {
            frame.IsLeaf = node.IsLeaf;
            frame.Count = node.Count;
        }
        else
        {
            PageView view = _tree.View(page);
            frame.IsLeaf = view.IsLeaf;
            frame.Count = view.Count;
        }
    }

    /// <summary>One level of the way from the root to the entry.</summary>
    private struct Frame
    {
        public Node? Node;
        public ulong Page;
        public int Index;
        public int Count;
        public bool IsLeaf;
    }
}

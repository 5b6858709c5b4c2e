using Tenet.Foundation;

namespace Tenet.State.Mvcc.Index;

/// <summary>
/// All keys in order, each with its generations: a B+tree that also counts live keys below every node, so that counting a range costs a
/// descent at either end. It knows no locks: many may read while nobody writes.
/// </summary>
internal sealed class KeyIndex
{
    private const int DepthMax = 16;
    private const int MergeBelow = 16;
    private const int MergedMax = 48;

    private readonly IndexBranch[] _path = new IndexBranch[DepthMax];
    private readonly int[] _slots = new int[DepthMax];
    private object _root = new IndexLeaf();
    private int _depth;

    /// <summary>Keys that exist now.</summary>
    public int LiveCount { get; private set; }

    /// <summary>Keys, those included that are deleted and not yet compacted.</summary>
    public int KeyCount { get; private set; }

    /// <summary>The main revision of the newest change.</summary>
    public long LatestRevision { get; private set; }

    /// <summary>Records a put and tells what the key was before (the default if it did not exist).</summary>
    public KeyVersion Put(ReadOnlySpan<byte> key, Revision revision)
    {
        LatestRevision = Math.Max(LatestRevision, revision.Main);
        ref KeyEntry entry = ref FindOrInsert(key, out bool existed);
        KeyVersion before = default;
        if (!existed)
        {
            entry.Begin(revision, revision.Main, 1, deleted: false);
            AddLive(1);
            return before;
        }

        if (!entry.TryGet(long.MaxValue, out before))
            AddLive(1);
        entry.Put(revision);
        return before;
    }

    /// <summary>Records a deletion; false if the key does not exist.</summary>
    public bool Delete(ReadOnlySpan<byte> key, Revision revision)
    {
        IndexLeaf leaf = Descend(key);
        int index = leaf.LowerBound(key, out bool found);
        if (!found || !leaf[index].Delete(revision))
            return false;
        LatestRevision = Math.Max(LatestRevision, revision.Main);
        AddLive(-1);
        return true;
    }

    /// <summary>Records what a stored record says (contract/storage.md, 6.4, step 3). Records come in the order of their revisions.</summary>
    public void Restore(ReadOnlySpan<byte> key, Revision revision, bool deleted, long created, long version)
    {
        LatestRevision = Math.Max(LatestRevision, revision.Main);
        ref KeyEntry entry = ref FindOrInsert(key, out bool existed);
        if (!existed)
        {
            // A deletion met first: the puts before it were compacted away.
            entry.Begin(revision, deleted ? 0 : created, deleted ? 1 : version, deleted);
            AddLive(deleted ? 0 : 1);
            return;
        }

        bool wasLive = entry.IsLive;
        if (deleted)
            entry.Delete(revision);
        else
            entry.Put(revision);
        AddLive((entry.IsLive ? 1 : 0) - (wasLive ? 1 : 0));
    }

    /// <summary>The key as it was at a revision.</summary>
    public bool TryGet(ReadOnlySpan<byte> key, long at, out KeyVersion version)
    {
        IndexLeaf leaf = FindLeaf(key);
        int index = leaf.LowerBound(key, out bool found);
        version = default;
        return found && leaf[index].TryGet(at, out version);
    }

    /// <summary>What compacting at a revision would keep of a key; false if the index does not hold the key.</summary>
    public bool TryChoose(ReadOnlySpan<byte> key, long at, out CompactionChoice choice)
    {
        IndexLeaf leaf = FindLeaf(key);
        int index = leaf.LowerBound(key, out bool found);
        choice = found ? leaf[index].Choose(at) : default;
        return found;
    }

    /// <summary>Whether the index refers to this revision of the key.</summary>
    public bool Holds(ReadOnlySpan<byte> key, Revision revision)
    {
        IndexLeaf leaf = FindLeaf(key);
        int index = leaf.LowerBound(key, out bool found);
        return found && leaf[index].Holds(revision);
    }

    /// <summary>A cursor before the first key of a range of more than one key.</summary>
    public IndexCursor Scan(KeyRange range)
    {
        IndexLeaf leaf = FindLeaf(range.Start);
        return new IndexCursor(leaf, leaf.LowerBound(range.Start, out _), range);
    }

    /// <summary>How many keys of the range exist now.</summary>
    public int CountLive(KeyRange range)
    {
        if (range.IsSingle)
            return TryGet(range.Start, long.MaxValue, out _) ? 1 : 0;
        if (range.IsEmpty)
            return 0;
        return (range.IsUnbounded ? LiveCount : LiveBefore(range.End)) - LiveBefore(range.Start);
    }

    /// <summary>
    /// Compacts the keys from <paramref name="start"/> on at a revision, at most <paramref name="limit"/> of them.
    /// </summary>
    /// <param name="start">Where to begin.</param>
    /// <param name="at">The revision of the compaction.</param>
    /// <param name="limit">How many keys to visit.</param>
    /// <param name="anyKept">Set when a revision is kept.</param>
    /// <returns>Where to go on; null at the end.</returns>
    public byte[]? Compact(ReadOnlySpan<byte> start, long at, int limit, ref bool anyKept)
    {
        IndexLeaf leaf = FindLeaf(start);
        int index = leaf.LowerBound(start, out _);
        List<byte[]>? gone = null;
        byte[]? next = null;
        for (int visited = 0; ; index++)
        {
            while (index >= leaf.Count && leaf.Next != null)
                (leaf, index) = (leaf.Next, 0);
            if (index >= leaf.Count)
                break;
            if (visited++ == limit)
            {
                next = leaf.KeyAt(index).ToArray();
                break;
            }

            ref KeyEntry entry = ref leaf[index];
            CompactionChoice choice = entry.Choose(at);
            anyKept |= choice.HasKept;
            if (choice.RemoveKey)
                (gone ??= []).Add(leaf.KeyAt(index).ToArray());
            else
                entry.DropOldest(choice.Drop);
        }

        if (gone != null)
        {
            foreach (byte[] key in gone)
                Remove(key);
        }

        return next;
    }

    /// <summary>Whether compacting at a revision would keep anything that a hash counts as kept (contract/storage.md, 6.2, Keep).</summary>
    public bool KeepsAny(ReadOnlySpan<byte> start, long at, int limit, out byte[]? next)
    {
        IndexCursor cursor = Scan(KeyRange.All.From(start));
        next = null;
        for (int visited = 0; cursor.MoveNext(); visited++)
        {
            if (visited == limit)
            {
                next = cursor.Key.ToArray();
                return false;
            }

            CompactionChoice choice = cursor.Entry.Choose(at);
            if (choice.HasKept && !choice.KeptEndsGeneration)
                return true;
        }

        return false;
    }

    private static byte[] SeparatorBetween(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        int common = left.CommonPrefixLength(right);
        return right[..(common + 1)].ToArray();
    }

    private IndexLeaf FindLeaf(ReadOnlySpan<byte> key)
    {
        object node = _root;
        while (node is IndexBranch branch)
            node = branch.ChildAt(branch.Find(key));
        return (IndexLeaf)node;
    }

    // Like FindLeaf, for the writer: remembers the way, so that counts can be corrected and nodes split.
    private IndexLeaf Descend(ReadOnlySpan<byte> key)
    {
        object node = _root;
        _depth = 0;
        while (node is IndexBranch branch)
        {
            int slot = branch.Find(key);
            (_path[_depth], _slots[_depth]) = (branch, slot);
            _depth++;
            node = branch.ChildAt(slot);
        }

        return (IndexLeaf)node;
    }

    private void AddLive(int change)
    {
        if (change == 0)
            return;
        LiveCount += change;
        for (int i = 0; i < _depth; i++)
            _path[i].AddLive(_slots[i], change);
    }

    private int LiveBefore(ReadOnlySpan<byte> key)
    {
        object node = _root;
        int live = 0;
        while (node is IndexBranch branch)
        {
            int slot = branch.Find(key);
            live += branch.LiveBefore(slot);
            node = branch.ChildAt(slot);
        }

        var leaf = (IndexLeaf)node;
        return live + leaf.LiveBefore(leaf.LowerBound(key, out _));
    }

    private ref KeyEntry FindOrInsert(ReadOnlySpan<byte> key, out bool existed)
    {
        IndexLeaf leaf = Descend(key);
        int index = leaf.LowerBound(key, out existed);
        if (existed)
            return ref leaf[index];
        KeyCount++;
        if (leaf.IsFull)
        {
            SplitLeaf(leaf, index, key);
            leaf = Descend(key);
            index = leaf.LowerBound(key, out _);
        }

        return ref leaf.Insert(index, key);
    }

    private void SplitLeaf(IndexLeaf leaf, int index, ReadOnlySpan<byte> key)
    {
        // Keys that come in ascending order leave full leaves behind them instead of half-full ones.
        bool appending = index == leaf.Count;
        int at = appending ? leaf.Count : leaf.Count / 2;
        byte[] separator = SeparatorBetween(leaf.KeyAt(at - 1), appending ? key : leaf.KeyAt(at));
        IndexLeaf right = leaf.SplitAt(at);
        AddChild(_depth - 1, separator, right, right.LiveBefore(right.Count), appending);
    }

    private void AddChild(int level, byte[] separator, object child, int live, bool appending)
    {
        if (level < 0)
        {
            Invariant.That(_depth < DepthMax, $"the key index is {_depth} levels deep");
            var root = new IndexBranch();
            root.AddFirst(_root, LiveCount - live);
            root.InsertAfter(0, separator, child, live);
            _root = root;
            return;
        }

        IndexBranch branch = _path[level];
        int slot = _slots[level];
        if (branch.IsFull)
        {
            bool last = appending && slot == branch.Count - 1;
            int at = last ? branch.Count - 1 : branch.Count / 2;
            IndexBranch right = branch.SplitAt(at, out byte[] between);
            AddChild(level - 1, between, right, right.LiveBefore(right.Count), last);
            if (slot >= at)
                (branch, slot) = (right, slot - at);
        }

        branch.AddLive(slot, -live);
        branch.InsertAfter(slot, separator, child, live);
    }

    private void Remove(ReadOnlySpan<byte> key)
    {
        IndexLeaf leaf = Descend(key);
        int index = leaf.LowerBound(key, out bool found);
        Invariant.That(found && !leaf[index].IsLive, $"only a key that is deleted leaves the index");
        leaf.Remove(index);
        KeyCount--;
        for (int level = _depth - 1; level >= 0; level--)
        {
            if (!TryMerge(_path[level], _slots[level]))
                break;
        }

        while (_root is IndexBranch { Count: 1 } branch)
            _root = branch.ChildAt(0);
    }

    // Joins a child that has become small with a neighbour, if both fit in one node with room to spare.
    private static bool TryMerge(IndexBranch parent, int slot)
    {
        if (SizeOf(parent.ChildAt(slot)) >= MergeBelow || parent.Count == 1)
            return false;
        int left = slot == parent.Count - 1 ? slot - 1 : slot;
        object first = parent.ChildAt(left);
        object second = parent.ChildAt(left + 1);
        if (SizeOf(first) + SizeOf(second) > MergedMax)
            return false;
        if (first is IndexLeaf leaf)
            leaf.Absorb((IndexLeaf)second);
        else
            ((IndexBranch)first).Absorb(parent.SeparatorAfter(left), (IndexBranch)second);
        parent.AddLive(left, parent.LiveAt(left + 1));
        parent.Remove(left + 1);
        return true;

        static int SizeOf(object node) => node is IndexLeaf leaf ? leaf.Count : ((IndexBranch)node).Count;
    }
}

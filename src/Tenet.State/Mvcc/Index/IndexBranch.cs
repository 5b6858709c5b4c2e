namespace Tenet.State.Mvcc.Index;

/// <summary>An inner node. Child i holds keys from separator i−1 (inclusive) up to separator i; beside each child stands how many live keys are below it.</summary>
internal sealed class IndexBranch
{
    public const int Capacity = 64;

    private readonly object[] _children = new object[Capacity];
    private readonly byte[][] _separators = new byte[Capacity][];
    private readonly int[] _live = new int[Capacity];

    public int Count { get; private set; }

    public bool IsFull => Count == Capacity;

    public object ChildAt(int index) => _children[index];

    public int LiveAt(int index) => _live[index];

    public void AddLive(int index, int change) => _live[index] += change;

    /// <summary>The child in whose range a key lies.</summary>
    public int Find(ReadOnlySpan<byte> key)
    {
        int low = 0;
        int high = Count - 1;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (key.SequenceCompareTo(_separators[middle]) < 0)
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }

    public int LiveBefore(int index)
    {
        int live = 0;
        for (int i = 0; i < index; i++)
            live += _live[i];
        return live;
    }

    public void AddFirst(object child, int live)
    {
        _children[0] = child;
        _live[0] = live;
        Count = 1;
    }

    /// <summary>Puts a child after another, with the separator between them.</summary>
    public void InsertAfter(int index, byte[] separator, object child, int live)
    {
        int at = index + 1;
        Array.Copy(_children, at, _children, at + 1, Count - at);
        Array.Copy(_live, at, _live, at + 1, Count - at);
        Array.Copy(_separators, index, _separators, at, Count - at);
        (_children[at], _live[at], _separators[index]) = (child, live, separator);
        Count++;
    }

    /// <summary>Takes out a child (not the first); its range falls to the one before it.</summary>
    public void Remove(int index)
    {
        Count--;
        Array.Copy(_children, index + 1, _children, index, Count - index);
        Array.Copy(_live, index + 1, _live, index, Count - index);
        Array.Copy(_separators, index, _separators, index - 1, Count - index);
        _children[Count] = null!;
        _separators[Count - 1] = null!;
    }

    /// <summary>Moves the children from <paramref name="index"/> on into a new node.</summary>
    public IndexBranch SplitAt(int index, out byte[] separator)
    {
        var right = new IndexBranch();
        separator = _separators[index - 1];
        int moved = Count - index;
        Array.Copy(_children, index, right._children, 0, moved);
        Array.Copy(_live, index, right._live, 0, moved);
        Array.Copy(_separators, index, right._separators, 0, moved - 1);
        Array.Clear(_children, index, moved);
        Array.Clear(_separators, index - 1, moved);
        right.Count = moved;
        Count = index;
        return right;
    }

    /// <summary>Takes over the children of the node after this one.</summary>
    public void Absorb(byte[] separator, IndexBranch right)
    {
        _separators[Count - 1] = separator;
        Array.Copy(right._children, 0, _children, Count, right.Count);
        Array.Copy(right._live, 0, _live, Count, right.Count);
        Array.Copy(right._separators, 0, _separators, Count, right.Count - 1);
        Count += right.Count;
    }

    public byte[] SeparatorAfter(int index) => _separators[index];
}

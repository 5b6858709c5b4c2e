using Tenet.Foundation;

namespace Tenet.State.Mvcc.Index;

/// <summary>Up to <see cref="Capacity"/> keys in order. Their bytes lie one after another in one array, so that a key costs no object.</summary>
internal sealed class IndexLeaf
{
    public const int Capacity = 64;

    private KeyEntry[] _entries = [];
    private byte[] _keys = [];
    private int _keysEnd;
    private int _keysWasted;

    public int Count { get; private set; }

    /// <summary>The leaf with the next larger keys; leaves may be empty.</summary>
    public IndexLeaf? Next { get; set; }

    public bool IsFull => Count == Capacity;

    public ref KeyEntry this[int index] => ref _entries[index];

    public ReadOnlySpan<byte> KeyAt(int index) => _keys.AsSpan(_entries[index].KeyOffset, _entries[index].KeyLength);

    /// <summary>The place of the first key that is not smaller.</summary>
    public int LowerBound(ReadOnlySpan<byte> key, out bool found)
    {
        int low = 0;
        int high = Count;
        found = false;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            int order = KeyAt(middle).SequenceCompareTo(key);
            if (order == 0)
            {
                found = true;
                return middle;
            }

            if (order < 0)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    public int LiveBefore(int index)
    {
        int live = 0;
        for (int i = 0; i < index; i++)
        {
            if (_entries[i].IsLive)
                live++;
        }

        return live;
    }

    /// <summary>Makes room for a key and returns its entry, still to be begun.</summary>
    public ref KeyEntry Insert(int index, ReadOnlySpan<byte> key)
    {
        Invariant.That(!IsFull, $"a leaf of the key index holds {Count} keys and is asked to take one more");
        if (Count == _entries.Length)
            Array.Resize(ref _entries, Math.Clamp(Count + (Count >> 1), 8, Capacity));
        Array.Copy(_entries, index, _entries, index + 1, Count - index);
        Count++;
        _entries[index] = new KeyEntry { KeyOffset = AddKey(key), KeyLength = key.Length };
        return ref _entries[index];
    }

    public void Remove(int index)
    {
        _keysWasted += _entries[index].KeyLength;
        Count--;
        Array.Copy(_entries, index + 1, _entries, index, Count - index);
        _entries[Count] = default;
        if (_keysWasted > _keysEnd / 2)
            Rebuild(_entries, _keys, 0, Count);
    }

    /// <summary>Moves the keys from <paramref name="index"/> on into a new leaf after this one.</summary>
    public IndexLeaf SplitAt(int index)
    {
        var right = new IndexLeaf { Next = Next };
        Next = right;
        right.Rebuild(_entries, _keys, index, Count - index);
        if (index < Count)
            Rebuild(_entries, _keys, 0, index);
        return right;
    }

    /// <summary>Takes over the keys of the leaf after this one, which is dropped.</summary>
    public void Absorb(IndexLeaf right)
    {
        for (int i = 0; i < right.Count; i++)
        {
            ref KeyEntry entry = ref Insert(Count, right.KeyAt(i));
            int offset = entry.KeyOffset;
            entry = right[i];
            entry.KeyOffset = offset;
        }

        Next = right.Next;
    }

    private int AddKey(ReadOnlySpan<byte> key)
    {
        if (_keys.Length - _keysEnd < key.Length)
            Array.Resize(ref _keys, Math.Max(_keysEnd + key.Length, _keysEnd + (_keysEnd >> 2) + 64));
        key.CopyTo(_keys.AsSpan(_keysEnd));
        int offset = _keysEnd;
        _keysEnd += key.Length;
        return offset;
    }

    private void Rebuild(KeyEntry[] entries, byte[] keys, int from, int count)
    {
        int bytes = 0;
        for (int i = 0; i < count; i++)
            bytes += entries[from + i].KeyLength;
        var ownEntries = new KeyEntry[Math.Min(Capacity, count + (count >> 1))];
        var ownKeys = new byte[bytes + (bytes >> 2)];
        int end = 0;
        for (int i = 0; i < count; i++)
        {
            ref KeyEntry entry = ref ownEntries[i];
            entry = entries[from + i];
            keys.AsSpan(entry.KeyOffset, entry.KeyLength).CopyTo(ownKeys.AsSpan(end));
            entry.KeyOffset = end;
            end += entry.KeyLength;
        }

        (_entries, _keys, _keysEnd, _keysWasted, Count) = (ownEntries, ownKeys, end, 0, count);
    }
}

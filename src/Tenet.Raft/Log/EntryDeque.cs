using Tenet.Foundation;
using Tenet.Raft.Wire;

namespace Tenet.Raft.Log;

/// <summary>
/// A run of entries with consecutive indexes that grows at the end, is cut off at the end, and is dropped from the front, each in constant
/// time per entry. What was dropped is let go of at once. Ranges are copied out, so nobody sees later changes.
/// </summary>
internal sealed class EntryDeque
{
    private const int CapacityMin = 16;

    private Entry[] _ring = [];
    private int _head;

    /// <summary>A run without entries that begins at the index.</summary>
    public EntryDeque(ulong firstIndex) => FirstIndex = firstIndex;

    /// <summary>The index of the first entry, or of the next one to be added.</summary>
    public ulong FirstIndex { get; private set; }

    /// <summary>How many entries there are.</summary>
    public int Count { get; private set; }

    /// <summary>The index after the last entry.</summary>
    public ulong NextIndex => FirstIndex + (ulong)Count;

    /// <summary>The entry at an index of the log.</summary>
    public ref readonly Entry this[ulong index]
    {
        get
        {
            Invariant.That(index >= FirstIndex && index < NextIndex, $"entry {index} is not in [{FirstIndex}, {NextIndex})");
            return ref _ring[Slot(index)];
        }
    }

    /// <summary>Adds an entry; its index is the next one.</summary>
    public void Add(in Entry entry)
    {
        Invariant.That(entry.Index == NextIndex, $"entry {entry.Index} does not follow {NextIndex - 1}");
        if (Count == _ring.Length)
            Grow();
        _ring[Slot(entry.Index)] = entry;
        Count++;
    }

    /// <summary>Starts anew, without entries, at the index.</summary>
    public void Reset(ulong firstIndex)
    {
        Array.Clear(_ring);
        (_head, Count, FirstIndex) = (0, 0, firstIndex);
    }

    /// <summary>Cuts off the entry at the index and everything after it.</summary>
    public void TruncateFrom(ulong index)
    {
        Invariant.That(index >= FirstIndex && index <= NextIndex, $"cannot cut [{FirstIndex}, {NextIndex}) at {index}");
        for (ulong i = index; i < NextIndex; i++)
            _ring[Slot(i)] = default;
        Count = (int)(index - FirstIndex);
    }

    /// <summary>Drops everything before the index.</summary>
    public void DropBefore(ulong index)
    {
        Invariant.That(index >= FirstIndex && index <= NextIndex, $"cannot drop [{FirstIndex}, {NextIndex}) up to {index}");
        while (FirstIndex < index)
        {
            _ring[_head] = default;
            _head = (_head + 1) & (_ring.Length - 1);
            FirstIndex++;
            Count--;
        }
        // A burst must not keep its memory for good.
        if (_ring.Length > CapacityMin && Count < _ring.Length / 8)
            Resize(_ring.Length / 4);
    }

    /// <summary>
    /// A copy of [low, high), or of its longest prefix whose encoded size is at most <paramref name="bytesMax"/>, but of at least one
    /// entry.
    /// </summary>
    public Entry[] Copy(ulong low, ulong high, ulong bytesMax)
    {
        Invariant.That(low >= FirstIndex && low <= high && high <= NextIndex, $"[{low}, {high}) is not in [{FirstIndex}, {NextIndex})");
        var copy = new Entry[CountWithin(low, high, bytesMax)];
        for (int i = 0; i < copy.Length; i++)
            copy[i] = _ring[Slot(low + (ulong)i)];
        return copy;
    }

    private int CountWithin(ulong low, ulong high, ulong bytesMax)
    {
        if (bytesMax == ulong.MaxValue)
            return (int)(high - low);
        ulong bytes = 0;
        int count = 0;
        for (ulong index = low; index < high; index++, count++)
        {
            bytes += (ulong)RaftCodec.SizeOf(_ring[Slot(index)]);
            if (count > 0 && bytes > bytesMax)
                break;
        }
        return count;
    }

    private int Slot(ulong index) => (_head + (int)(index - FirstIndex)) & (_ring.Length - 1);

    private void Grow() => Resize(Math.Max(CapacityMin, _ring.Length * 2));

    private void Resize(int capacity)
    {
        var ring = new Entry[Math.Max(CapacityMin, capacity)];
        for (int i = 0; i < Count; i++)
            ring[i] = _ring[Slot(FirstIndex + (ulong)i)];
        (_ring, _head) = (ring, 0);
    }
}

using Tenet.Bolt.Pages;

namespace Tenet.Bolt.Trees;

/// <summary>
/// A page taken apart for changing. Keys and values stay where they are, in the mapped file or in the writer's memory, until the node is
/// written to its new page.
/// </summary>
internal sealed class Node(bool isLeaf, int capacity)
{
    private NodeEntry[] _entries = new NodeEntry[Math.Max(capacity, 4)];

    public bool IsLeaf => isLeaf;

    public int Count { get; private set; }

    /// <summary>Entries were removed since the node was loaded, so it may be due for a merge.</summary>
    public bool Shrunk { get; set; }

    public ref NodeEntry this[int index] => ref _entries[index];

    public ReadOnlySpan<byte> LastKey => _entries[Count - 1].Key.Span;

    /// <summary>Bytes of the page that would hold all entries.</summary>
    public long ByteSize
    {
        get
        {
            long size = PageHeader.Bytes;
            for (int i = 0; i < Count; i++)
                size += _entries[i].ByteSize;
            return size;
        }
    }

    /// <summary>Takes a page apart; entries point into <paramref name="memory"/>.</summary>
    public static Node Decode(in PageView page, ReadOnlyMemory<byte> memory)
    {
        var node = new Node(page.IsLeaf, page.Count + 1);
        for (int i = 0; i < page.Count; i++)
        {
            int keyLength = page.Key(i).Length;
            if (page.IsLeaf)
            {
                Range value = page.ValueRange(i);
                node.Append(new NodeEntry
                {
                    Key = memory.Slice(value.Start.Value - keyLength, keyLength),
                    Value = memory[value],
                    Flags = page.Flags(i),
                });
            }
            else
            {
                node.Append(new NodeEntry { Key = memory.Slice(page.KeyStart(i), keyLength), Page = page.Child(i) });
            }
        }

        return node;
    }

    /// <summary>The index of the first key at or above this one, which is <see cref="Count"/> if there is none.</summary>
    public int Search(ReadOnlySpan<byte> key, out bool found)
    {
        int low = 0;
        int high = Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            int order = _entries[middle].Key.Span.SequenceCompareTo(key);
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

        found = false;
        return low;
    }

    /// <summary>The entry whose subtree may hold the key: the last one at or below it, or the first.</summary>
    public int ChildIndex(ReadOnlySpan<byte> key)
    {
        int index = Search(key, out bool found);
        return found || index == 0 ? index : index - 1;
    }

    public void Append(in NodeEntry entry)
    {
        MakeRoom(Count + 1);
        _entries[Count++] = entry;
    }

    public void Insert(int index, in NodeEntry entry)
    {
        MakeRoom(Count + 1);
        Array.Copy(_entries, index, _entries, index + 1, Count - index);
        _entries[index] = entry;
        Count++;
    }

    public void RemoveAt(int index)
    {
        Count--;
        Array.Copy(_entries, index + 1, _entries, index, Count - index);
        _entries[Count] = default;
        Shrunk = true;
    }

    /// <summary>Moves the entries from <paramref name="index"/> on to a new node.</summary>
    public Node SplitOff(int index)
    {
        var right = new Node(isLeaf, Count - index + 1) { Shrunk = Shrunk };
        Array.Copy(_entries, index, right._entries, 0, Count - index);
        right.Count = Count - index;
        Array.Clear(_entries, index, Count - index);
        Count = index;
        return right;
    }

    /// <summary>Appends all entries of the node to the right.</summary>
    public void TakeAll(Node right)
    {
        MakeRoom(Count + right.Count);
        Array.Copy(right._entries, 0, _entries, Count, right.Count);
        Count += right.Count;
    }

    /// <summary>Replaces all entries.</summary>
    public void Replace(List<NodeEntry> entries)
    {
        if (entries.Count > _entries.Length)
            _entries = new NodeEntry[entries.Count];
        entries.CopyTo(_entries);
        Count = entries.Count;
    }

    private void MakeRoom(int count)
    {
        if (count > _entries.Length)
            Array.Resize(ref _entries, Math.Max(count, _entries.Length * 2));
    }
}

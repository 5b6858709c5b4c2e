using System.Diagnostics.CodeAnalysis;
using Tenet.State.Leases;

namespace Tenet.State.Watch;

/// <summary>
/// Finds, for a key, everything that is registered for it: single keys through a table, ranges through an interval tree (an AVL tree by start and end in which
/// each node knows the greatest end below it). A look-up costs one probe of the table plus O(log n) for each range that is found.
/// </summary>
/// <remarks>
/// An end of null stands for the single key, an empty end for "no upper bound". The table is only probed, never walked, so results come in an order
/// that depends on nothing but the contents: the single key first, then ranges by start and end.
/// </remarks>
internal sealed class RangeIndex<T>
    where T : class
{
    private readonly Dictionary<ReadOnlyMemory<byte>, T> _keys = new(KeyBytes.Instance);
    private readonly Dictionary<ReadOnlyMemory<byte>, T>.AlternateLookup<ReadOnlySpan<byte>> _byKey;
    private Node? _root;

    public RangeIndex()
    {
        _byKey = _keys.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>What is registered for exactly this key or range.</summary>
    public bool TryGet(byte[] key, byte[]? end, [NotNullWhen(true)] out T? value)
    {
        if (end is null)
            return _keys.TryGetValue(key, out value);

        Node? node = _root;
        while (node is not null)
        {
            int order = Compare(key, end, node);
            if (order == 0)
            {
                value = node.Value;
                return true;
            }

            node = order < 0 ? node.Left : node.Right;
        }

        value = null;
        return false;
    }

    /// <summary>Registers a value for a key or range that has none yet.</summary>
    public void Add(byte[] key, byte[]? end, T value)
    {
        if (end is null)
            _keys.Add(key, value);
        else
            _root = Insert(_root, new Node(key, end, value));
    }

    /// <summary>Removes what is registered for exactly this key or range.</summary>
    public void Remove(byte[] key, byte[]? end)
    {
        if (end is null)
            _keys.Remove(key);
        else
            _root = Delete(_root, key, end);
    }

    /// <summary>Appends everything that covers the key.</summary>
    public void Match(ReadOnlySpan<byte> key, List<T> found)
    {
        if (_keys.Count > 0 && _byKey.TryGetValue(key, out T? single))
            found.Add(single);
        Match(_root, key, found);
    }

    private static void Match(Node? node, ReadOnlySpan<byte> key, List<T> found)
    {
        while (node is not null && IsBelow(key, node.GreatestEnd))
        {
            Match(node.Left, key, found);
            if (key.SequenceCompareTo(node.Start) < 0)
                return;
            if (IsBelow(key, node.End))
                found.Add(node.Value);
            node = node.Right;
        }
    }

    private static bool IsBelow(ReadOnlySpan<byte> key, byte[] end) => end.Length == 0 || key.SequenceCompareTo(end) < 0;

    private static int CompareEnds(byte[] x, byte[] y)
    {
        if (x.Length == 0 || y.Length == 0)
            return y.Length.CompareTo(x.Length) switch { 0 => 0, _ => x.Length == 0 ? 1 : -1 };
        return x.AsSpan().SequenceCompareTo(y);
    }

    private static int Compare(byte[] start, byte[] end, Node node)
    {
        int order = start.AsSpan().SequenceCompareTo(node.Start);
        return order != 0 ? order : CompareEnds(end, node.End);
    }

    private static Node Insert(Node? node, Node added)
    {
        if (node is null)
            return added;
        if (Compare(added.Start, added.End, node) < 0)
            node.Left = Insert(node.Left, added);
        else
            node.Right = Insert(node.Right, added);
        return Balance(node);
    }

    private static Node? Delete(Node? node, byte[] start, byte[] end)
    {
        if (node is null)
            return null;

        int order = Compare(start, end, node);
        if (order < 0)
        {
            node.Left = Delete(node.Left, start, end);
        }
        else if (order > 0)
        {
            node.Right = Delete(node.Right, start, end);
        }
        else
        {
            if (node.Left is null)
                return node.Right;
            if (node.Right is null)
                return node.Left;

            Node next = node.Right;
            while (next.Left is not null)
                next = next.Left;
            next.Right = Delete(node.Right, next.Start, next.End);
            next.Left = node.Left;
            node = next;
        }

        return Balance(node);
    }

    private static Node Balance(Node node)
    {
        int lean = Height(node.Left) - Height(node.Right);
        if (lean > 1)
        {
            if (Height(node.Left!.Left) < Height(node.Left.Right))
                node.Left = RotateLeft(node.Left);
            return RotateRight(node);
        }

        if (lean < -1)
        {
            if (Height(node.Right!.Right) < Height(node.Right.Left))
                node.Right = RotateRight(node.Right);
            return RotateLeft(node);
        }

        node.Refresh();
        return node;
    }

    private static Node RotateLeft(Node node)
    {
        Node top = node.Right!;
        node.Right = top.Left;
        top.Left = node;
        node.Refresh();
        top.Refresh();
        return top;
    }

    private static Node RotateRight(Node node)
    {
        Node top = node.Left!;
        node.Left = top.Right;
        top.Right = node;
        node.Refresh();
        top.Refresh();
        return top;
    }

    private static int Height(Node? node) => node?.Height ?? 0;

    private sealed class Node(byte[] start, byte[] end, T value)
    {
        public byte[] Start { get; } = start;

        public byte[] End { get; } = end;

        public T Value { get; } = value;

        public Node? Left { get; set; }

        public Node? Right { get; set; }

        public int Height { get; private set; } = 1;

        public byte[] GreatestEnd { get; private set; } = end;

        public void Refresh()
        {
            Height = 1 + Math.Max(RangeIndex<T>.Height(Left), RangeIndex<T>.Height(Right));
            GreatestEnd = End;
            if (Left is not null && CompareEnds(Left.GreatestEnd, GreatestEnd) > 0)
                GreatestEnd = Left.GreatestEnd;
            if (Right is not null && CompareEnds(Right.GreatestEnd, GreatestEnd) > 0)
                GreatestEnd = Right.GreatestEnd;
        }
    }
}

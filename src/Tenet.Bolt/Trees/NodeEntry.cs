using Tenet.Bolt.Pages;

namespace Tenet.Bolt.Trees;

/// <summary>An element of a node: key and value of a leaf, or key and child of a branch.</summary>
internal struct NodeEntry
{
    public ReadOnlyMemory<byte> Key;

    /// <summary>Leaf: the value.</summary>
    public ReadOnlyMemory<byte> Value;

    /// <summary>Branch: the page of the child, unless <see cref="Child"/> stands for it.</summary>
    public ulong Page;

    /// <summary>Branch: the child, once it was taken apart for changing.</summary>
    public Node? Child;

    /// <summary>Leaf: <see cref="PageFlags.BucketElement"/> or 0.</summary>
    public uint Flags;

    /// <summary>Bytes in a page, the element itself included.</summary>
    public readonly long ByteSize => PageView.ElementBytes + (long)Key.Length + Value.Length;
}

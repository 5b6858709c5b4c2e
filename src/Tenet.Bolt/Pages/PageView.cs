using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Tenet.Foundation;

namespace Tenet.Bolt.Pages;

/// <summary>
/// A branch or leaf page where it lies: in the mapped file, or inline within another page's value. Nothing in it is trusted: an element that
/// points outside the page is reported as corruption.
/// </summary>
internal readonly ref struct PageView
{
    public const int ElementBytes = 16;

    private readonly string _path;
    private readonly long _offset;
    private readonly ReadOnlySpan<byte> _bytes;

    /// <summary>Takes a page with all its continuation pages.</summary>
    /// <param name="bytes">The page.</param>
    /// <param name="path">The file, for messages.</param>
    /// <param name="offset">Where the page begins in the file.</param>
    public PageView(ReadOnlySpan<byte> bytes, string path, long offset)
    {
        _bytes = bytes;
        _path = path;
        _offset = offset;
        if (bytes.Length < PageHeader.Bytes)
            throw new CorruptionException(path, offset, "a page header of 16 bytes", $"{bytes.Length} bytes");
        ushort flags = BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]);
        if (flags is not (PageFlags.Leaf or PageFlags.Branch))
            throw new CorruptionException(path, offset, "a branch or leaf page", $"page type {PageFlags.NameOf(flags)}");
        IsLeaf = flags == PageFlags.Leaf;
        Count = BinaryPrimitives.ReadUInt16LittleEndian(bytes[10..]);
        if (PageHeader.Bytes + Count * ElementBytes > bytes.Length)
            throw new CorruptionException(path, offset, $"elements within {bytes.Length} bytes", $"{Count} elements");
        if (Count == 0 && !IsLeaf)
            throw new CorruptionException(path, offset, "a branch page with children", "none");
    }

    public bool IsLeaf { get; }

    public int Count { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> Key(int index)
    {
        ReadOnlySpan<byte> element = Element(index);
        int part = IsLeaf ? 4 : 0;
        uint position = BinaryPrimitives.ReadUInt32LittleEndian(element[part..]);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(element[(part + 4)..]);
        return Part(index, position, length);
    }

    public ReadOnlySpan<byte> Value(int index)
    {
        ReadOnlySpan<byte> element = Element(index);
        uint position = BinaryPrimitives.ReadUInt32LittleEndian(element[4..]);
        uint keyLength = BinaryPrimitives.ReadUInt32LittleEndian(element[8..]);
        uint valueLength = BinaryPrimitives.ReadUInt32LittleEndian(element[12..]);
        return Part(index, (ulong)position + keyLength, valueLength);
    }

    /// <summary>Where the key begins within the page. Only for an element whose <see cref="Key"/> was read before.</summary>
    public int KeyStart(int index) =>
        (int)(ElementStart(index) + BinaryPrimitives.ReadUInt32LittleEndian(Element(index)[(IsLeaf ? 4 : 0)..]));

    /// <summary>Where the value lies within the page.</summary>
    public Range ValueRange(int index)
    {
        int length = Value(index).Length;
        int start = KeyStart(index) + (int)BinaryPrimitives.ReadUInt32LittleEndian(Element(index)[8..]);
        return new Range(start, start + length);
    }

    /// <summary>Flags of a leaf element.</summary>
    public uint Flags(int index) => BinaryPrimitives.ReadUInt32LittleEndian(Element(index));

    /// <summary>The child page of a branch element.</summary>
    public ulong Child(int index) => BinaryPrimitives.ReadUInt64LittleEndian(Element(index)[8..]);

    /// <summary>The index of the first key at or above this one, which is <see cref="Count"/> if there is none.</summary>
    public int Search(scoped ReadOnlySpan<byte> key, out bool found)
    {
        ReadOnlySpan<byte> bytes = _bytes;
        int part = PageHeader.Bytes + (IsLeaf ? 4 : 0);
        int low = 0;
        int high = Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            ReadOnlySpan<byte> element = bytes.Slice(part + middle * ElementBytes, 8);
            ulong start = (ulong)ElementStart(middle) + BinaryPrimitives.ReadUInt32LittleEndian(element);
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(element[4..]);
            if (start + length > (ulong)bytes.Length)
                ThrowOutside(middle, start, length);
            int order = bytes.Slice((int)start, (int)length).SequenceCompareTo(key);
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

    /// <summary>The branch element whose subtree may hold the key: the last one at or below it, or the first.</summary>
    public int ChildIndex(scoped ReadOnlySpan<byte> key)
    {
        int index = Search(key, out bool found);
        return found || index == 0 ? index : index - 1;
    }

    private static long ElementStart(int index) => PageHeader.Bytes + (long)index * ElementBytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ReadOnlySpan<byte> Element(int index)
    {
        if ((uint)index >= (uint)Count)
            ThrowIndex(index);
        return _bytes.Slice(PageHeader.Bytes + index * ElementBytes, ElementBytes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ReadOnlySpan<byte> Part(int index, ulong position, uint length)
    {
        ulong start = (ulong)ElementStart(index) + position;
        if (start + length > (ulong)_bytes.Length)
            ThrowOutside(index, start, length);
        return _bytes.Slice((int)start, (int)length);
    }

    [DoesNotReturn]
    private void ThrowIndex(int index) => Invariant.Broken($"element {index} of a page with {Count} elements, at offset {_offset} of {_path}");

    [DoesNotReturn]
    private void ThrowOutside(int index, ulong start, uint length) => throw new CorruptionException(
        _path,
        _offset + ElementStart(index),
        $"an element within the page's {_bytes.Length} bytes",
        $"element {index} with {length} bytes at {start}");
}

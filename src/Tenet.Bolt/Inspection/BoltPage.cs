using Tenet.Bolt.Pages;

namespace Tenet.Bolt.Inspection;

/// <summary>A page with its continuation pages, as it lies in the file.</summary>
public sealed class BoltPage
{
    private readonly PageHeader _header;
    private readonly string _path;
    private readonly long _offset;

    internal BoltPage(byte[] bytes, string path, long offset)
    {
        Bytes = bytes;
        _path = path;
        _offset = offset;
        _header = PageHeader.Read(bytes);
    }

    /// <summary>The id that stands on it.</summary>
    public ulong Id => _header.Id;

    /// <summary><c>branch</c>, <c>leaf</c>, <c>meta</c> or <c>freelist</c>; of anything else what its flags are.</summary>
    public string Type => PageFlags.NameOf(_header.Flags);

    /// <summary>The number of elements that stands on it.</summary>
    public int Count => _header.Count;

    /// <summary>How many pages follow that belong to it.</summary>
    public uint Overflow => _header.Overflow;

    /// <summary>All bytes.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>An element of a leaf or branch page.</summary>
    /// <exception cref="Foundation.CorruptionException">It points outside the page, or the page is neither leaf nor branch.</exception>
    public BoltPageItem Item(int index)
    {
        var view = new PageView(Bytes.Span, _path, _offset);
        ReadOnlySpan<byte> key = view.Key(index);
        int start = view.KeyStart(index);
        ReadOnlyMemory<byte> keyBytes = Bytes.Slice(start, key.Length);
        return view.IsLeaf
            ? new BoltPageItem(keyBytes, Bytes[view.ValueRange(index)], (view.Flags(index) & PageFlags.BucketElement) != 0, 0)
            : new BoltPageItem(keyBytes, default, false, view.Child(index));
    }

    /// <summary>The page ids on a freelist page, as they stand there.</summary>
    /// <exception cref="Foundation.CorruptionException">It is none, or the ids do not fit on it.</exception>
    public IReadOnlyList<ulong> FreeIds() => FreelistPage.Read(Bytes.Span, _path, _offset);

    /// <summary>Root page and sequence of the bucket that an item's value describes.</summary>
    /// <param name="item">An item of this page that is a bucket.</param>
    /// <exception cref="Foundation.CorruptionException">The value is too short for that.</exception>
    public (ulong Root, ulong Sequence) BucketOf(in BoltPageItem item)
    {
        BucketHeader header = BucketHeader.Read(item.Value.Span, _path, _offset);
        return (header.Root, header.Sequence);
    }
}

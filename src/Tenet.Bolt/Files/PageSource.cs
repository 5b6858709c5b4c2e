using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Tenet.Bolt.Pages;
using Tenet.Foundation;
using Tenet.Foundation.Files;

namespace Tenet.Bolt.Files;

/// <summary>The pages of one committed state, each verified to be the page that was asked for (contract/storage.md, 4.1).</summary>
internal sealed class PageSource(Meta meta, IFileMapping mapping, string path)
{
    private readonly int _pageSize = meta.PageSize;
    private readonly ulong _highWater = meta.HighWater;

    public Meta Meta => meta;

    public string Path => path;

    public long OffsetOf(ulong id) => (long)id * _pageSize;

    /// <summary>A branch or leaf page with its continuation pages.</summary>
    public PageView Page(ulong id) => new(Raw(id), path, OffsetOf(id));

    /// <summary>Any page but a meta page, with its continuation pages.</summary>
    public ReadOnlySpan<byte> Raw(ulong id)
    {
        if (id < 2 || id >= _highWater)
            ThrowOutside(id, 0);
        ReadOnlySpan<byte> page = mapping.Slice(OffsetOf(id), _pageSize);
        ulong found = BinaryPrimitives.ReadUInt64LittleEndian(page);
        if (found != id)
            ThrowOther(id, found);
        uint overflow = BinaryPrimitives.ReadUInt32LittleEndian(page[12..]);
        if (overflow == 0)
            return page;
        if (overflow >= _highWater - id || (overflow + 1L) * _pageSize > int.MaxValue)
            ThrowOutside(id, overflow);
        return mapping.Slice(OffsetOf(id), (int)((overflow + 1) * _pageSize));
    }

    /// <summary>Bytes of the file as memory; for ranges within pages that were read before.</summary>
    public ReadOnlyMemory<byte> Memory(long offset, int length) => mapping.SliceMemory(offset, length);

    /// <summary>Bytes of the file below the high water mark, whatever they are.</summary>
    public ReadOnlySpan<byte> Bytes(long offset, int length) => mapping.Slice(offset, length);

    [DoesNotReturn]
    private void ThrowOutside(ulong id, uint overflow) => throw new CorruptionException(
        path,
        id < long.MaxValue / Meta.PageSizeMax ? OffsetOf(id) : 0,
        $"pages below {_highWater}",
        $"a reference to page {id} with {overflow} continuation pages");

    [DoesNotReturn]
    private void ThrowOther(ulong id, ulong found) => throw new CorruptionException(path, OffsetOf(id), $"page {id}", $"page {found}");
}

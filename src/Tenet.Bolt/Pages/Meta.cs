using System.Buffers.Binary;
using Tenet.Foundation.Checksums;

namespace Tenet.Bolt.Pages;

/// <summary>A meta page's content: the root of one committed state (contract/storage.md, 4.2).</summary>
/// <param name="PageSize">Bytes of a page.</param>
/// <param name="Root">The root page of the root bucket.</param>
/// <param name="Sequence">The sequence of the root bucket.</param>
/// <param name="Freelist">The page of the free list, or <see cref="NoFreelist"/>.</param>
/// <param name="HighWater">The first page never used.</param>
/// <param name="TxId">The transaction that committed this state.</param>
internal readonly record struct Meta(int PageSize, ulong Root, ulong Sequence, ulong Freelist, ulong HighWater, ulong TxId)
{
    public const ulong NoFreelist = ulong.MaxValue;

    /// <summary>Page header and content.</summary>
    public const int Bytes = PageHeader.Bytes + ContentBytes;

    public const int PageSizeMin = 512;
    public const int PageSizeMax = 1024 << 14;

    private const int ContentBytes = 64;
    private const int ChecksumAt = 56;
    private const uint Magic = 0xED0CDAED;
    private const uint Version = 2;

    /// <summary>The size in bytes that this state reports (contract/storage.md, 4.8).</summary>
    public long Size => (long)HighWater * PageSize;

    /// <summary>Reads the content of a meta page; the page's header is not part of what makes it valid.</summary>
    public static bool TryRead(ReadOnlySpan<byte> page, out Meta meta, out MetaDefect? defect)
    {
        meta = default;
        if (page.Length < Bytes)
        {
            defect = new MetaDefect(0, "a meta page", $"{page.Length} bytes");
            return false;
        }

        ReadOnlySpan<byte> content = page.Slice(PageHeader.Bytes, ContentBytes);
        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(content);
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(content[4..]);
        ulong checksum = BinaryPrimitives.ReadUInt64LittleEndian(content[ChecksumAt..]);
        ulong computed = Fnv1a64.Compute(content[..ChecksumAt]);
        if (magic != Magic)
            defect = new MetaDefect(PageHeader.Bytes, $"magic {Magic:x8}", $"{magic:x8} (invalid database)");
        else if (version != Version)
            defect = new MetaDefect(PageHeader.Bytes + 4, $"version {Version}", $"{version} (version mismatch)");
        else if (checksum != computed)
            defect = new MetaDefect(PageHeader.Bytes + ChecksumAt, $"checksum {computed:x16}", $"{checksum:x16} (checksum error)");
        else
            defect = ReadFields(content, out meta);
        return defect is null;
    }

    /// <summary>Fills a whole page.</summary>
    public void WritePage(Span<byte> page, ulong pageId)
    {
        page.Clear();
        new PageHeader(pageId, PageFlags.Meta, 0, 0).Write(page);
        Span<byte> content = page.Slice(PageHeader.Bytes, ContentBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(content, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(content[4..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(content[8..], (uint)PageSize);
        BinaryPrimitives.WriteUInt64LittleEndian(content[16..], Root);
        BinaryPrimitives.WriteUInt64LittleEndian(content[24..], Sequence);
        BinaryPrimitives.WriteUInt64LittleEndian(content[32..], Freelist);
        BinaryPrimitives.WriteUInt64LittleEndian(content[40..], HighWater);
        BinaryPrimitives.WriteUInt64LittleEndian(content[48..], TxId);
        BinaryPrimitives.WriteUInt64LittleEndian(content[ChecksumAt..], Fnv1a64.Compute(content[..ChecksumAt]));
    }

    private static MetaDefect? ReadFields(ReadOnlySpan<byte> content, out Meta meta)
    {
        uint pageSize = BinaryPrimitives.ReadUInt32LittleEndian(content[8..]);
        meta = new Meta(
            (int)pageSize,
            BinaryPrimitives.ReadUInt64LittleEndian(content[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(content[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(content[32..]),
            BinaryPrimitives.ReadUInt64LittleEndian(content[40..]),
            BinaryPrimitives.ReadUInt64LittleEndian(content[48..]));
        if (pageSize is < PageSizeMin or > PageSizeMax || !uint.IsPow2(pageSize))
            return new MetaDefect(PageHeader.Bytes + 8, "a power of two as page size", $"{pageSize}");
        if (meta.HighWater > long.MaxValue / PageSizeMax)
            return new MetaDefect(PageHeader.Bytes + 40, "a high water mark that a file can hold", $"{meta.HighWater}");
        if (meta.Root < 2 || meta.Root >= meta.HighWater)
            return new MetaDefect(PageHeader.Bytes + 16, $"a root page below {meta.HighWater}", $"{meta.Root}");
        if (meta.Freelist != NoFreelist && (meta.Freelist < 2 || meta.Freelist >= meta.HighWater))
            return new MetaDefect(PageHeader.Bytes + 32, $"a freelist page below {meta.HighWater}", $"{meta.Freelist}");
        return null;
    }
}

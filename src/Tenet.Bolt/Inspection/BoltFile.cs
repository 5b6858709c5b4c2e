using System.Buffers.Binary;
using Tenet.Bolt.Pages;
using Tenet.Foundation;
using Tenet.Foundation.Files;

namespace Tenet.Bolt.Inspection;

/// <summary>
/// A database file page by page, for whoever looks for damage: without a lock, without a transaction, and also where a transaction could not begin. Nothing but
/// a page's own header decides what is read.
/// </summary>
public sealed class BoltFile : IDisposable
{
    private const int SmallestPage = 1024;
    private const int PageSizes = 15;
    private const int MetaPages = 2;

    private readonly IFile _file;

    private BoltFile(IFile file)
    {
        _file = file;
        PageSize = FindPageSize(file);
    }

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="CorruptionException">The size of its pages cannot be told: neither meta page begins as one.</exception>
    /// <exception cref="IOException">It cannot be opened or read.</exception>
    public static BoltFile Open(IFileSystem files, string path)
    {
        IFile file = files.Open(path, FileOpenMode.Existing, FileAccess.Read);
        try
        {
            return new BoltFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of a page.</summary>
    public int PageSize { get; }

    /// <summary>The file's length in bytes.</summary>
    public long Length => _file.Length;

    /// <summary>The first page never used, as the newest usable meta page says; of a file without one, as many pages as it has.</summary>
    public ulong HighWater
    {
        get
        {
            BoltMetaPage[] usable = [.. new[] { Meta(0), Meta(1) }.Where(static meta => meta.Defect is null)];
            return usable.Length == 0 ? (ulong)(Length / PageSize) : usable.MaxBy(static meta => meta.TxId)!.HighWater;
        }
    }

    /// <summary>One of the two meta pages.</summary>
    /// <param name="page">0 or 1.</param>
    public BoltMetaPage Meta(int page)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)page, (uint)MetaPages, nameof(page));
        byte[] bytes = new byte[Pages.Meta.Bytes];
        long offset = (long)page * PageSize;
        int read = _file.Read(bytes, offset);
        Pages.Meta.TryRead(bytes.AsSpan(0, read), out Meta meta, out MetaDefect? defect);
        if (defect is null && meta.PageSize != PageSize)
            defect = new MetaDefect(PageHeader.Bytes + 8, $"page size {PageSize}, as in the other meta page", $"{meta.PageSize}");
        ReadOnlySpan<byte> content = bytes.AsSpan(PageHeader.Bytes);
        return new BoltMetaPage(
            (ulong)page,
            Word(content, 0),
            Word(content, 4),
            Word(content, 8),
            Word(content, 12),
            DoubleWord(content, 16),
            DoubleWord(content, 24),
            DoubleWord(content, 32),
            DoubleWord(content, 40),
            DoubleWord(content, 48),
            DoubleWord(content, 56),
            defect?.At(_file.Path, offset));
    }

    /// <summary>A page with its continuation pages.</summary>
    /// <exception cref="CorruptionException">Another page stands there, or the file ends before its end.</exception>
    public BoltPage ReadPage(ulong id)
    {
        byte[] bytes = ReadBytes(id, 1);
        PageHeader header = PageHeader.Read(bytes);
        long offset = (long)id * PageSize;
        if (header.Id != id)
            throw new CorruptionException(_file.Path, offset, $"page {id}", $"page {header.Id}");
        if (header.Overflow >= (ulong)(Length / PageSize) || (header.Overflow + 1L) * PageSize > Array.MaxLength)
            throw new CorruptionException(_file.Path, offset, $"continuation pages within {Length} bytes", $"{header.Overflow}");
        return new BoltPage(header.Overflow == 0 ? bytes : ReadBytes(id, header.Overflow + 1), _file.Path, offset);
    }

    /// <summary>The bytes of one page, whatever stands on it.</summary>
    /// <exception cref="CorruptionException">The file ends before.</exception>
    public byte[] ReadBytes(ulong id) => ReadBytes(id, 1);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private byte[] ReadBytes(ulong id, uint pages)
    {
        if (id >= (ulong)(Length / PageSize))
            throw new CorruptionException(_file.Path, Length, $"page {id}", "the end of the file");
        byte[] bytes = new byte[pages * (long)PageSize];
        long offset = (long)id * PageSize;
        int read = _file.Read(bytes, offset);
        return read == bytes.Length ? bytes : throw new CorruptionException(_file.Path, offset + read, $"page {id}", "the end of the file");
    }

    private static int FindPageSize(IFile file)
    {
        Span<byte> page = stackalloc byte[Pages.Meta.Bytes];
        CorruptionException? first = null;
        if (Pages.Meta.TryRead(page[..file.Read(page, 0)], out Meta meta, out MetaDefect? defect))
            return meta.PageSize;
        first = defect!.At(file.Path, 0);
        for (int i = 0; i < PageSizes; i++)
        {
            int size = SmallestPage << i;
            if (Pages.Meta.TryRead(page[..file.Read(page, size)], out meta, out _) && meta.PageSize == size)
                return size;
        }

        throw first;
    }

    private static uint Word(ReadOnlySpan<byte> content, int at) => BinaryPrimitives.ReadUInt32LittleEndian(content[at..]);

    private static ulong DoubleWord(ReadOnlySpan<byte> content, int at) => BinaryPrimitives.ReadUInt64LittleEndian(content[at..]);
}

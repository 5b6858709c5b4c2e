using Tenet.Bolt.Pages;
using Tenet.Foundation;
using Tenet.Foundation.Files;

namespace Tenet.Bolt.Files;

/// <summary>Finds the page size and the newest valid meta page of an existing file (contract/storage.md, 4.1 and 4.2).</summary>
internal static class MetaSelection
{
    private const int SmallestPage = 1024;
    private const int PageSizes = 15;

    /// <summary>Reads both meta pages.</summary>
    /// <param name="file">The file.</param>
    /// <param name="damage">What is wrong with the one that is not valid; null if both are.</param>
    /// <exception cref="CorruptionException">Neither is valid, or the file is too short for two.</exception>
    public static Meta Read(IFile file, out CorruptionException? damage)
    {
        Span<byte> page = stackalloc byte[Meta.Bytes];
        page = page[..file.Read(page, 0)];
        if (Meta.TryRead(page, out Meta first, out MetaDefect? firstDefect))
        {
            RequireTwoPages(file, first.PageSize);
            return WithSecond(file, first, out damage);
        }

        CorruptionException firstDamage = firstDefect!.At(file.Path, 0);
        for (int i = 0; i < PageSizes; i++)
        {
            int pageSize = SmallestPage << i;
            if (!TryReadAt(file, pageSize, out Meta second, out _) || second.PageSize != pageSize)
                continue;
            damage = firstDamage;
            return second;
        }

        RequireTwoPages(file, SmallestPage);
        throw firstDamage;
    }

    private static Meta WithSecond(IFile file, in Meta first, out CorruptionException? damage)
    {
        damage = null;
        if (TryReadAt(file, first.PageSize, out Meta second, out MetaDefect? defect))
        {
            if (second.PageSize == first.PageSize)
                return second.TxId > first.TxId ? second : first;
            defect = new MetaDefect(PageHeader.Bytes + 8, $"page size {first.PageSize}, as in the other meta page", $"{second.PageSize}");
        }

        damage = defect!.At(file.Path, first.PageSize);
        return first;
    }

    private static bool TryReadAt(IFile file, long offset, out Meta meta, out MetaDefect? defect)
    {
        Span<byte> page = stackalloc byte[Meta.Bytes];
        return Meta.TryRead(page[..file.Read(page, offset)], out meta, out defect);
    }

    private static void RequireTwoPages(IFile file, int pageSize)
    {
        if (file.Length < 2L * pageSize)
            throw new CorruptionException(file.Path, file.Length, $"at least two pages of {pageSize} bytes", $"file size too small {file.Length}");
    }
}

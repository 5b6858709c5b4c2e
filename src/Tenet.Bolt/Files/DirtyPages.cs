using System.Buffers.Binary;
using Tenet.Bolt.Pages;
using Tenet.Bolt.Space;
using Tenet.Bolt.Trees;
using Tenet.Foundation;

namespace Tenet.Bolt.Files;

/// <summary>The new pages of a commit. Each is put together only while it is written, straight from where its keys and values lie.</summary>
internal sealed class DirtyPages(PageLedger ledger, int pageSize, ulong highWater)
{
    private readonly List<DirtyPage> _pages = [];

    public int PageSize => pageSize;

    /// <summary>Time spent merging nodes, while all nodes were placed.</summary>
    public TimeSpan Merging { get; set; }

    /// <summary>The first page never used, new pages included.</summary>
    public ulong HighWater { get; private set; } = highWater;

    /// <summary>Pages taken from behind the old high water mark.</summary>
    public List<PageSpan> Extended { get; } = [];

    /// <summary>Gives entries of a node a page of their own.</summary>
    /// <returns>The page.</returns>
    public ulong Add(Node node, int from, int to, long bytes)
    {
        Invariant.That(to - from < FreelistPage.CountInBody, $"{to - from} elements on one page");
        Invariant.That(node.IsLeaf || to - from >= 2, $"a branch page with {to - from} children");
        uint pages = checked((uint)((bytes + pageSize - 1) / pageSize));
        ulong id = Allocate(pages);
        _pages.Add(new DirtyPage(id, pages, node, from, to, null));
        return id;
    }

    /// <summary>Stores the list of free pages; nothing may be allocated or freed after it.</summary>
    public ulong AddFreelist()
    {
        uint pages = (uint)FreelistPage.PagesFor(ledger.StoredCount, pageSize);
        ulong id = Allocate(pages);
        _pages.Add(new DirtyPage(id, pages, null, 0, 0, ledger.StoredIds()));
        return id;
    }

    /// <summary>Writes all pages in ascending order.</summary>
    public void WriteTo(SequentialPageWriter writer, int bytesPerPage)
    {
        _pages.Sort(static (left, right) => left.Id.CompareTo(right.Id));
        foreach (DirtyPage page in _pages)
        {
            writer.MoveTo((long)page.Id * bytesPerPage);
            if (page.Node is null)
                WriteFreelist(writer, page);
            else
                NodeWriter.WritePage(writer, page.Id, page.Pages - 1, page.Node, page.From, page.To);
            writer.ZeroTo((long)(page.Id + page.Pages) * bytesPerPage);
        }
    }

    private static void WriteFreelist(SequentialPageWriter writer, in DirtyPage page)
    {
        ulong[] ids = page.FreeIds!;
        bool countInBody = ids.Length >= FreelistPage.CountInBody;
        ushort count = countInBody ? (ushort)FreelistPage.CountInBody : (ushort)ids.Length;
        new PageHeader(page.Id, PageFlags.Freelist, count, page.Pages - 1).Write(writer.Take(PageHeader.Bytes));
        if (countInBody)
            BinaryPrimitives.WriteUInt64LittleEndian(writer.Take(sizeof(ulong)), (ulong)ids.Length);
        foreach (ulong id in ids)
            BinaryPrimitives.WriteUInt64LittleEndian(writer.Take(sizeof(ulong)), id);
    }

    private ulong Allocate(uint pages)
    {
        ulong id = ledger.Allocate(pages);
        if (id != 0)
            return id;
        id = HighWater;
        HighWater += pages;
        Extended.Add(new PageSpan(id, pages, 0));
        return id;
    }

    private readonly record struct DirtyPage(ulong Id, uint Pages, Node? Node, int From, int To, ulong[]? FreeIds);
}

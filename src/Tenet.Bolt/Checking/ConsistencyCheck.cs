using Tenet.Bolt.Files;
using Tenet.Bolt.Pages;
using Tenet.Foundation;

namespace Tenet.Bolt.Checking;

/// <summary>
/// Looks at every page of a committed state and reports all that is wrong, in bbolt's words where it has them (contract/storage.md, 4.10).
/// It goes on after a finding wherever there is something left to look at, and never throws for what it reads.
/// </summary>
internal sealed class ConsistencyCheck
{
    private readonly PageSource _pages;
    private readonly List<BoltProblem> _problems = [];
    private readonly HashSet<ulong> _freed = [];
    private readonly HashSet<ulong> _reachable = [];
    private readonly List<ulong> _stack = [];

    private ConsistencyCheck(PageSource pages) => _pages = pages;

    /// <summary>Runs the check.</summary>
    /// <param name="pages">The state.</param>
    /// <param name="known">Its free and pending pages, if they are at hand.</param>
    /// <param name="fromPage">Where to begin; 0 for the whole file.</param>
    public static BoltCheckReport Run(PageSource pages, ulong[]? known, ulong fromPage = 0)
    {
        var check = new ConsistencyCheck(pages);
        Meta meta = pages.Meta;
        ulong[]? free = meta.Freelist == Meta.NoFreelist ? known : check.StoredFreelist();
        foreach (ulong id in free ?? [])
        {
            if (!check._freed.Add(id))
                check.Report(id, $"page {id}: already freed");
            if (id >= meta.HighWater)
                check.Report(id, $"page {id}: out of bounds: {meta.HighWater} (stack: [])");
        }

        check.CheckMetaPages();
        if (fromPage != 0)
            return check.RunFrom(fromPage);
        check.CheckBucket(meta.Root);
        for (ulong id = 0; free is not null && id < meta.HighWater; id++)
        {
            if (!check._reachable.Contains(id) && !check._freed.Contains(id))
                check.Report(id, $"page {id}: unreachable unfreed");
        }

        return check.Reported(free is not null);
    }

    private BoltCheckReport RunFrom(ulong page)
    {
        if (page < 2 || page >= _pages.Meta.HighWater)
            Report(page, $"page ID ({page}) out of range [2, {_pages.Meta.HighWater})");
        else
            CheckBucket(page);
        return Reported(freePagesCompared: false);
    }

    private BoltCheckReport Reported(bool freePagesCompared) =>
        new(_problems, freePagesCompared, _pages.Meta.HighWater - Math.Min(_pages.Meta.HighWater, (ulong)_reachable.Count));

    private void Report(ulong page, string text) => _problems.Add(new BoltProblem(page, (long)Math.Min(page, _pages.Meta.HighWater) * _pages.Meta.PageSize, text));

    private ulong[]? StoredFreelist()
    {
        ulong id = _pages.Meta.Freelist;
        try
        {
            ReadOnlySpan<byte> page = _pages.Raw(id);
            for (int i = 0; i < page.Length / _pages.Meta.PageSize; i++)
                _reachable.Add(id + (ulong)i);
            return FreelistPage.Read(page, _pages.Path, _pages.OffsetOf(id));
        }
        catch (CorruptionException damage)
        {
            _reachable.Add(id);
            Report(id, $"page {id}: {damage.Message}");
            return null;
        }
    }

    private void CheckMetaPages()
    {
        for (ulong id = 0; id < 2; id++)
        {
            _reachable.Add(id);
            PageHeader header = PageHeader.Read(_pages.Bytes(_pages.OffsetOf(id), PageHeader.Bytes));
            if (header.Id != id || header.Flags != PageFlags.Meta)
                Report(id, $"page {id}: not a meta page but page {header.Id} of type {PageFlags.NameOf(header.Flags)}");
        }
    }

    private void CheckBucket(ulong root)
    {
        var nested = new List<ulong>();
        if (CheckPages(root, nested))
            CheckKeyOrder(root, default, hasMinimum: false, default, hasMaximum: false);
        foreach (ulong bucket in nested)
            CheckBucket(bucket);
    }

    /// <summary>Checks the references of a subtree and gathers the buckets in it.</summary>
    /// <returns>Whether every page of it can be read, so that its keys can be looked at.</returns>
    private bool CheckPages(ulong id, List<ulong> nested)
    {
        _stack.Add(id);
        bool readable = CheckPage(id, nested);
        _stack.RemoveAt(_stack.Count - 1);
        return readable;
    }

    private bool CheckPage(ulong id, List<ulong> nested)
    {
        if (id >= _pages.Meta.HighWater)
        {
            Report(id, $"page {id}: out of bounds: {_pages.Meta.HighWater} (stack: {Stack()})");
            return false;
        }

        PageHeader header = PageHeader.Read(_pages.Bytes(_pages.OffsetOf(id), PageHeader.Bytes));
        bool first = CheckReferences(id, header);
        if (_freed.Contains(id))
            Report(id, $"page {id}: reachable freed");
        else if (header.Flags is not (PageFlags.Branch or PageFlags.Leaf))
            Report(id, $"page {id}: invalid type: {PageFlags.NameOf(header.Flags)} (stack: {Stack()})");
        if (header.Flags is not (PageFlags.Branch or PageFlags.Leaf))
            return false;

        // A page met before is not gone into again: pages may refer to each other in a circle.
        return first && CheckElements(id, nested);
    }

    private bool CheckReferences(ulong id, in PageHeader header)
    {
        bool first = true;
        ulong end = id + header.Overflow;
        if (end >= _pages.Meta.HighWater)
        {
            Report(end, $"page {end}: out of bounds: {_pages.Meta.HighWater} (stack: {Stack()})");
            end = _pages.Meta.HighWater - 1;
        }

        for (ulong page = id; page <= end; page++)
        {
            if (_reachable.Add(page))
                continue;
            Report(page, $"page {page}: multiple references (stack: {Stack()})");
            first &= page != id;
        }

        for (ulong page = id + 1; page <= end; page++)
        {
            if (_freed.Contains(page))
                Report(page, $"page {page}: reachable freed");
        }

        return first;
    }

    private bool CheckElements(ulong id, List<ulong> nested)
    {
        bool readable = true;
        try
        {
            PageView page = _pages.Page(id);
            for (int i = 0; i < page.Count; i++)
            {
                if (page.Key(i).IsEmpty)
                    Report(id, $"page {id}: key[{i}] is empty (stack: {Stack()})");
                if (!page.IsLeaf)
                    readable &= CheckPages(page.Child(i), nested);
                else if ((page.Flags(i) & PageFlags.BucketElement) != 0)
                    GatherBucket(id, page.Value(i), nested);
                else
                    _ = page.Value(i);
            }
        }
        catch (CorruptionException damage)
        {
            Report(id, $"page {id}: {damage.Message} (stack: {Stack()})");
            return false;
        }

        return readable;
    }

    private void GatherBucket(ulong id, ReadOnlySpan<byte> value, List<ulong> nested)
    {
        BucketHeader header = BucketHeader.Read(value, _pages.Path, _pages.OffsetOf(id));
        if (header.Root != 0)
            nested.Add(header.Root);
        else
            _ = new PageView(value[BucketHeader.Bytes..], _pages.Path, _pages.OffsetOf(id));
    }

    /// <summary>Checks that keys ascend, and lie from the key of their branch element up to the next one.</summary>
    /// <returns>The largest key of the subtree.</returns>
    private ReadOnlySpan<byte> CheckKeyOrder(
        ulong id, ReadOnlySpan<byte> minimum, bool hasMinimum, ReadOnlySpan<byte> maximum, bool hasMaximum)
    {
        PageView page = _pages.Page(id);
        _stack.Add(id);
        string kind = page.IsLeaf ? "leaf" : "branch";
        ReadOnlySpan<byte> previous = minimum;
        bool hasPrevious = hasMinimum;
        for (int i = 0; i < page.Count; i++)
        {
            ReadOnlySpan<byte> key = page.Key(i);
            string where = page.IsLeaf ? $"{kind} page({id})" : $"{kind} page({page.Child(i)})";
            CheckKey(id, where, i, key, previous, hasPrevious, maximum, hasMaximum);
            previous = key;
            if (!page.IsLeaf)
            {
                bool isLast = i == page.Count - 1;
                previous = CheckKeyOrder(page.Child(i), key, true, isLast ? maximum : page.Key(i + 1), !isLast || hasMaximum);
            }

            hasPrevious = true;
        }

        _stack.RemoveAt(_stack.Count - 1);
        return previous;
    }

    private void CheckKey(
        ulong page, string where, int index, ReadOnlySpan<byte> key, ReadOnlySpan<byte> previous, bool hasPrevious, ReadOnlySpan<byte> maximum, bool hasMaximum)
    {
        int order = hasPrevious ? previous.SequenceCompareTo(key) : -1;
        if (index == 0 && order > 0)
        {
            Report(
                page,
                $"the first key[{index}]=(hex){Hex(key)} on {where} needs to be >= the key in the ancestor ({Hex(previous)}). Stack: {Stack()}");
        }

        if (index > 0 && order >= 0)
        {
            char found = order > 0 ? '<' : '=';
            Report(
                page,
                $"key[{index}]=(hex){Hex(key)} on {where} needs to be > (found {found}) than previous element (hex){Hex(previous)}. Stack: {Stack()}");
        }

        if (hasMaximum && key.SequenceCompareTo(maximum) >= 0)
        {
            Report(
                page,
                $"key[{index}]=(hex){Hex(key)} on {where} needs to be < than key of the next element in ancestor (hex){Hex(maximum)}. Pages stack: {Stack()}");
        }
    }

    private string Stack() => $"[{string.Join(' ', _stack)}]";

    private static string Hex(ReadOnlySpan<byte> key) => Convert.ToHexStringLower(key);
}

namespace Tenet.State.Watch;

/// <summary>
/// The events of one range in order, and the shorter lists that filters leave of them. Lists are made once and shared by all responses that carry them, so they
/// are never changed after the first was handed out; <see cref="Clear"/> starts new ones.
/// </summary>
internal sealed class EventBatch
{
    private const int DropPuts = 1;
    private const int DropDeletes = 2;

    private readonly List<WatchEvent> _events = [];
    private readonly Filtered?[] _filtered = new Filtered?[4];

    public bool IsEmpty => _events.Count == 0;

    public void Add(WatchEvent change) => _events.Add(change);

    public void Clear()
    {
        _events.Clear();
        Array.Clear(_filtered);
    }

    /// <summary>The events from one revision to another, both included, that the watcher's filters let through.</summary>
    /// <param name="watcher">Whose filters count.</param>
    /// <param name="from">The first revision.</param>
    /// <param name="to">The last revision.</param>
    /// <param name="bytes">The bytes of the events without previous pairs.</param>
    public ArraySegment<WatchEvent> For(Watcher watcher, long from, long to, out long bytes)
    {
        Filtered filtered = Filter((watcher.DropsPuts ? DropPuts : 0) | (watcher.DropsDeletes ? DropDeletes : 0));
        int start = FirstAfter(filtered.Events, from - 1);
        int end = FirstAfter(filtered.Events, to);
        bytes = filtered.BytesBefore[end] - filtered.BytesBefore[start];
        return new ArraySegment<WatchEvent>(filtered.Events, start, end - start);
    }

    private Filtered Filter(int filter)
    {
        if (_filtered[filter] is { } made)
            return made;

        WatchEvent[] kept = filter == 0
            ? [.. _events]
            : [.. _events.FindAll(change => (filter & (change.IsDelete ? DropDeletes : DropPuts)) == 0)];
        var bytesBefore = new long[kept.Length + 1];
        for (int i = 0; i < kept.Length; i++)
            bytesBefore[i + 1] = bytesBefore[i] + kept[i].SizeOf(withPrevious: false);
        return _filtered[filter] = new Filtered(kept, bytesBefore);
    }

    /// <summary>The place of the first event after this revision.</summary>
    private static int FirstAfter(WatchEvent[] events, long revision)
    {
        int low = 0;
        int high = events.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (events[middle].Revision <= revision)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private sealed record Filtered(WatchEvent[] Events, long[] BytesBefore);
}

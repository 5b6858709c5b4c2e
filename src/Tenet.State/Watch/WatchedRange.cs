namespace Tenet.State.Watch;

/// <summary>A key or range with everyone who watches exactly it. They share matching, history and the events of their responses.</summary>
internal sealed class WatchedRange(byte[] key, byte[]? end)
{
    private readonly List<Watcher> _synced = [];

    public byte[] Key { get; } = key;

    /// <summary>Null for the single key, empty for "no upper bound".</summary>
    public byte[]? End { get; } = end;

    /// <summary>How many watchers there are, synced or not.</summary>
    public int Watchers { get; set; }

    /// <summary>Those that get writes as they happen.</summary>
    public IReadOnlyList<Watcher> Synced => _synced;

    /// <summary>What the write that is being distributed means to this range.</summary>
    public EventBatch Written { get; } = new();

    /// <summary>What the catch-up pass that is running found for this range; null if it has no part in it.</summary>
    public EventBatch? Found { get; set; }

    public void AddSynced(Watcher watcher)
    {
        watcher.State = WatcherState.Synced;
        watcher.Slot = _synced.Count;
        _synced.Add(watcher);
    }

    public void RemoveSynced(Watcher watcher)
    {
        Watcher last = _synced[^1];
        _synced[watcher.Slot] = last;
        last.Slot = watcher.Slot;
        _synced.RemoveAt(_synced.Count - 1);
    }
}

namespace Tenet.Proxy.Watching;

/// <summary>The watches of one range, the eldest first. Whatever happens to them and their watchers happens under the group's lock.</summary>
internal sealed class WatchGroup(WatchedRange range)
{
    public WatchedRange Range => range;

    public Lock Lock { get; } = new();

    public List<SharedWatch> Watches { get; } = [];

    /// <summary>The watch that a watcher can join without being sent too much or too little, or null.</summary>
    public SharedWatch? Find(Watcher watcher)
    {
        foreach (SharedWatch watch in Watches)
        {
            if (watch is { IsOpen: true, IsEnded: false } && (watcher.Start == 0 ? watch.IsLive : watcher.Start >= watch.Next))
                return watch;
        }
        return null;
    }

    /// <summary>The watch that is being opened just as a watcher wants it, or null.</summary>
    public SharedWatch? FindOpening(Watcher watcher) => Watches.Find(watch => watch is { IsOpen: false, IsEnded: false } && watch.Start == watcher.Start);

    /// <summary>
    /// If an elder watch is not ahead of this one, its watchers go over to that one: they know themselves what they have seen. Called after
    /// each batch, so that a watcher who began in the past is alone only until it has caught up.
    /// </summary>
    public void Merge(SharedWatch watch)
    {
        foreach (SharedWatch elder in Watches)
        {
            if (elder == watch)
                return;
            if (elder.IsEnded || !elder.IsLive || elder.Next > watch.Next)
                continue;
            elder.TakeOver(watch);
            Watches.Remove(watch);
            return;
        }
    }
}

namespace Tenet.State.Watch;

/// <summary>
/// The watchers that wait for a catch-up pass, found in two ways: by how long they have waited, so that each gets its turn, and by how far they are, so that
/// those within one stretch of history are served from one read of it.
/// </summary>
internal sealed class UnsyncedWatchers
{
    private readonly SortedSet<Place> _byRevision = [];
    private readonly Queue<Place> _byTurn = new();
    private long _turn;

    public int Count => _byRevision.Count;

    /// <summary>The one that is furthest behind.</summary>
    public Watcher? Lowest => Count == 0 ? null : _byRevision.Min.Watcher;

    /// <summary>The one that has waited longest.</summary>
    public Watcher? Longest
    {
        get
        {
            // A place that its watcher has left since is no longer in the set.
            while (_byTurn.TryPeek(out Place place))
            {
                if (_byRevision.Contains(place))
                    return place.Watcher;
                _byTurn.Dequeue();
            }

            return null;
        }
    }

    public void Add(Watcher watcher)
    {
        watcher.State = WatcherState.Unsynced;
        watcher.Turn = ++_turn;
        var place = new Place(watcher.NextRevision, watcher.Turn, watcher);
        _byRevision.Add(place);
        _byTurn.Enqueue(place);
    }

    public void Remove(Watcher watcher)
    {
        _byRevision.Remove(new Place(watcher.NextRevision, watcher.Turn, watcher));

        // Watchers that come and go without a pass in between must not leave their places behind.
        if (_byTurn.Count > 2 * Count + 64)
        {
            int places = _byTurn.Count;
            for (int i = 0; i < places; i++)
            {
                Place place = _byTurn.Dequeue();
                if (_byRevision.Contains(place))
                    _byTurn.Enqueue(place);
            }
        }
    }

    /// <summary>Moves those that are between two revisions, both included, to a list, until it has <paramref name="countMax"/>.</summary>
    public void TakeBetween(long from, long to, int countMax, List<Watcher> taken)
    {
        int start = taken.Count;
        foreach (Place place in _byRevision.GetViewBetween(new Place(from, 0, null), new Place(to, long.MaxValue, null)))
        {
            if (taken.Count >= countMax)
                break;
            taken.Add(place.Watcher!);
        }

        for (int i = start; i < taken.Count; i++)
            Remove(taken[i]);
    }

    /// <summary>Ordered by revision, then turn; a turn is given once, so no two are equal.</summary>
    private readonly record struct Place(long Revision, long Turn, Watcher? Watcher) : IComparable<Place>
    {
        public int CompareTo(Place other) => Revision != other.Revision ? Revision.CompareTo(other.Revision) : Turn.CompareTo(other.Turn);
    }
}

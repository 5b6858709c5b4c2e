using Tenet.Foundation;
using Tenet.Foundation.Randomness;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Mvcc;

namespace Tenet.State.Watch;

/// <summary>
/// All watchers of a member (contract/api.md, 2.3). Each gets the events of its range ordered by revision, none twice, none left out, those of one revision
/// in one response (unless it allows pieces), from the revision that it asked for.
/// </summary>
/// <remarks>
/// <para>
/// A <em>synced</em> watcher is served from each write as it happens; writes find their watchers through a <see cref="RangeIndex{T}"/>, and all watchers of one range
/// share the events of a response. An <em>unsynced</em> one is served from history by <see cref="RunCatchUp"/>, together with all others that are about as far.
/// A watcher whose stream has no room becomes a <em>victim</em>: it is sent nothing and remembers nothing but the revision it has come to, and turns unsynced when its client
/// has read on. So a slow client costs its bounded queue and no more.
/// </para>
/// <para>
/// The hub has no thread and no clock. The apply thread calls <see cref="Written"/>; one loop of the Server calls <see cref="RunCatchUp"/>, <see cref="RetryVictims"/> and
/// <see cref="RunProgress"/>. History is read outside the lock, so the apply thread never waits for it. Lock order: the hub's lock, then a stream's queue lock.
/// </para>
/// </remarks>
public sealed class WatchHub : IMvccObserver
{
    /// <summary>Distinct revisions in one catch-up response.</summary>
    private const int RevisionsPerReplyMax = 1000;

    /// <summary>Watchers that one catch-up pass serves, which bounds how long it holds the lock.</summary>
    private const int WatchersPerPassMax = 4096;

    /// <summary>The id in answers that belong to no watcher.</summary>
    private const long NoWatcher = -1;

    private readonly Lock _lock = new();
    private readonly RangeIndex<WatchedRange> _ranges = new();
    private readonly List<WatchStream> _streams = [];
    private readonly List<WatchStream> _streamsWithVictims = [];
    private readonly List<WatchedRange> _matched = [];
    private readonly List<WatchedRange> _touched = [];
    private readonly UnsyncedWatchers _unsynced = new();
    private readonly SeededRandom _random;

    // Where everything runs on one thread: whom to continue once all locks are left.
    private readonly Queue<(WatchStream Stream, bool Result)> _waitersFound = new();
    private long _revision;
    private int _watchers;
    private int _victims;
    private volatile bool _roomArrived;

    /// <summary>Makes the hub of a store. Every later write must be reported through <see cref="Written"/>.</summary>
    public WatchHub(MvccStore store, WatchHubOptions options)
        : this(new StoreHistory(store), options)
    {
    }

    internal WatchHub(IWatchHistory history, WatchHubOptions options)
    {
        History = history;
        Options = options;
        _random = new SeededRandom(options.ProgressSeed);
        _revision = history.CurrentRevision;
    }

    /// <summary>Whether <see cref="RunCatchUp"/> has something to do.</summary>
    public bool HasUnsynced
    {
        get
        {
            lock (_lock)
                return _unsynced.Count > 0;
        }
    }

    /// <summary>Whether <see cref="RetryVictims"/> has something to do.</summary>
    public bool HasRetriableVictims => _roomArrived;

    /// <summary>What there is now.</summary>
    public WatchStatistics Statistics
    {
        get
        {
            lock (_lock)
            {
                long pending = 0;
                foreach (WatchStream stream in _streams)
                    pending += stream.EventsQueued;
                return new WatchStatistics(_streams.Count, _watchers, _unsynced.Count + _victims, pending);
            }
        }
    }

    internal IWatchHistory History { get; }

    internal WatchHubOptions Options { get; }

    /// <summary>Opens a stream; dispose it at the end of the call.</summary>
    /// <param name="now">The member's monotonic time, from which progress notifications count.</param>
    public WatchStream OpenStream(TimeSpan now)
    {
        lock (_lock)
        {
            var stream = new WatchStream(this, Options.ProgressInterval * (1 + _random.NextDouble() / 10), now);
            _streams.Add(stream);
            return stream;
        }
    }

    /// <inheritdoc/>
    public void Written(long revision, IReadOnlyList<MvccEvent> events)
    {
        lock (_lock)
        {
            Invariant.That(revision > _revision, $"watchers were told of revision {revision} after {_revision}");
            _revision = revision;
            for (int i = 0; i < events.Count; i++)
                MatchNeedsLock(events[i]);

            foreach (WatchedRange range in _touched)
            {
                DistributeNeedsLock(range, revision);
                range.Written.Clear();
            }

            _touched.Clear();
        }

        ContinueWaiters();
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Nothing between the two revisions was seen here, so whoever was up to date reads it from the new history. What the new history does not have any more is noticed there:
    /// such a watcher is canceled with the compact revision. Those that wait for the future go on waiting if it is still to come.
    /// </remarks>
    public void Replaced(long revision)
    {
        bool anyUnsynced;
        lock (_lock)
        {
            Invariant.That(revision >= _revision, $"watchers were told of a history that ends at {revision}, before {_revision}");
            foreach (WatchStream stream in _streams)
            {
                foreach (Watcher watcher in stream.Watchers.Values)
                {
                    if (watcher.State != WatcherState.Synced)
                        continue;
                    watcher.NextRevision = Math.Max(watcher.NextRevision, _revision + 1);
                    if (watcher.NextRevision > revision)
                        continue;
                    watcher.Range.RemoveSynced(watcher);
                    _unsynced.Add(watcher);
                }
            }

            _revision = revision;
            anyUnsynced = _unsynced.Count > 0;
        }

        if (anyUnsynced)
            Options.WorkArrived();
    }

    /// <summary>
    /// Serves unsynced watchers from one read of history: the one that has waited longest, and all others that are within the same stretch. A watcher that
    /// has reached the present is synced; one that has not takes its turn again after the others.
    /// </summary>
    /// <returns>Whether unsynced watchers are left.</returns>
    public bool RunCatchUp()
    {
        List<Watcher> watchers;
        long from;
        long present;
        lock (_lock)
        {
            present = _revision;
            watchers = TakePassNeedsLock(out from);
        }

        if (watchers.Count == 0)
        {
            ContinueWaiters();
            return HasUnsynced;
        }

        long end = ReadHistory(watchers, from, present);
        bool anyLeft;
        lock (_lock)
        {
            foreach (Watcher watcher in watchers)
            {
                if (watcher.State == WatcherState.Reading)
                    ServeNeedsLock(watcher, end, present);
            }

            foreach (Watcher watcher in watchers)
                watcher.Range.Found = null;
            anyLeft = _unsynced.Count > 0;
        }

        ContinueWaiters();
        return anyLeft;
    }

    /// <summary>Turns victims whose streams have room into unsynced watchers.</summary>
    public void RetryVictims()
    {
        _roomArrived = false;
        lock (_lock)
        {
            for (int i = _streamsWithVictims.Count - 1; i >= 0; i--)
            {
                WatchStream stream = _streamsWithVictims[i];
                if (!stream.HasRoom)
                    continue;
                _streamsWithVictims.RemoveAt(i);
                _victims -= stream.Victims.Count;
                foreach (Watcher watcher in stream.Victims)
                    _unsynced.Add(watcher);
                stream.Victims.Clear();
            }
        }
    }

    /// <summary>
    /// Notifies the watchers that asked for it of progress, on each stream whose interval has passed: those that are synced and got no events since the last time.
    /// </summary>
    public void RunProgress(TimeSpan now)
    {
        lock (_lock)
        {
            foreach (WatchStream stream in _streams)
            {
                if (stream.NextProgress > now)
                    continue;
                stream.NextProgress = now + stream.ProgressInterval;
                foreach (Watcher watcher in stream.Watchers.Values)
                {
                    if (!watcher.NotifiesProgress)
                        continue;
                    if (!watcher.HadEvents && IsUpToDateNeedsLock(watcher))
                        stream.Notify(new WatchReply(watcher.Id, _revision));
                    watcher.HadEvents = false;
                }
            }
        }

        ContinueWaiters();
    }

    internal void Create(WatchStream stream, WatchCreateRequest request)
    {
        byte[] key = request.Key.IsEmpty ? [0] : request.Key.ToByteArray();
        byte[]? end = RangeEnd(request);
        bool unsynced;
        lock (_lock)
        {
            if (Refusal(stream, request, key, end) is { } reason)
            {
                RefuseNeedsLock(stream, reason);
                return;
            }

            Watcher watcher = RegisterNeedsLock(stream, request, key, end);
            stream.Answer(new WatchReply(watcher.Id, _revision) { Created = true });
            unsynced = request.StartRevision != 0 && request.StartRevision <= _revision;
            watcher.NextRevision = request.StartRevision == 0 ? _revision + 1 : request.StartRevision;
            if (unsynced)
                _unsynced.Add(watcher);
            else
                watcher.Range.AddSynced(watcher);
        }

        if (unsynced)
            Options.WorkArrived();
    }

    internal void Refuse(WatchStream stream, string reason)
    {
        lock (_lock)
            RefuseNeedsLock(stream, reason);
    }

    internal void Cancel(WatchStream stream, long id)
    {
        lock (_lock)
        {
            if (!stream.Watchers.Remove(id, out Watcher? watcher))
                return;
            UnregisterNeedsLock(watcher);
            if (stream.Victims.Count == 0)
                _streamsWithVictims.Remove(stream);
            stream.AllowWatchers(stream.Watchers.Count);
            stream.Answer(new WatchReply(id, _revision) { Canceled = true });
        }
    }

    internal void RequestProgress(WatchStream stream)
    {
        lock (_lock)
        {
            foreach (Watcher watcher in stream.Watchers.Values)
            {
                if (!IsUpToDateNeedsLock(watcher))
                    return;
            }

            if (stream.Watchers.Count > 0)
                stream.Answer(new WatchReply(NoWatcher, _revision));
        }
    }

    internal void Close(WatchStream stream)
    {
        lock (_lock)
        {
            foreach (Watcher watcher in stream.Watchers.Values)
                UnregisterNeedsLock(watcher);
            stream.Watchers.Clear();
            _streams.Remove(stream);
            _streamsWithVictims.Remove(stream);
        }
    }

    /// <summary>Takes note of a waiter that is to be continued on this thread, but not within the locks that are held now.</summary>
    internal void ContinueSoon(WatchStream stream, bool result) => _waitersFound.Enqueue((stream, result));

    /// <summary>Continues them. No lock is held, as what they do next may come back here.</summary>
    internal void ContinueWaiters()
    {
        if (Options.CompleteOnPool)
            return;
        while (_waitersFound.TryDequeue(out (WatchStream Stream, bool Result) found))
            found.Stream.Continue(found.Result);
    }

    /// <summary>A stream has drained: its victims can go on.</summary>
    internal void RoomArrived()
    {
        _roomArrived = true;
        Options.WorkArrived();
    }

    /// <summary>Fills in the header.</summary>
    internal WatchReply Stamp(in WatchReply reply) =>
        reply with { ClusterId = Options.ClusterId, MemberId = Options.MemberId, RaftTerm = Options.RaftTerm() };

    private static byte[]? RangeEnd(WatchCreateRequest request)
    {
        if (request.RangeEnd.IsEmpty)
            return null;
        return request.RangeEnd.Length == 1 && request.RangeEnd[0] == 0 ? [] : request.RangeEnd.ToByteArray();
    }

    private void RefuseNeedsLock(WatchStream stream, string reason) =>
        stream.Answer(new WatchReply(NoWatcher, _revision) { Created = true, Canceled = true, CancelReason = reason });

    private static string? Refusal(WatchStream stream, WatchCreateRequest request, byte[] key, byte[]? end)
    {
        if (request.StartRevision < 0)
            return EtcdErrors.Compacted.Message;
        if (end is { Length: > 0 } && key.AsSpan().SequenceCompareTo(end) >= 0)
            return EtcdErrors.WatcherRangeEmpty.Message;
        if (request.WatchId != 0 && stream.Watchers.ContainsKey(request.WatchId))
            return EtcdErrors.WatcherDuplicateId.Message;
        return null;
    }

    private Watcher RegisterNeedsLock(WatchStream stream, WatchCreateRequest request, byte[] key, byte[]? end)
    {
        long id = request.WatchId;
        if (id == 0)
        {
            while (stream.Watchers.ContainsKey(stream.NextId))
                stream.NextId++;
            id = stream.NextId++;
        }

        if (!_ranges.TryGet(key, end, out WatchedRange? range))
        {
            range = new WatchedRange(key, end);
            _ranges.Add(key, end, range);
        }

        range.Watchers++;
        _watchers++;
        var watcher = new Watcher(stream, id, range, request.StartRevision)
        {
            DropsPuts = request.Filters.Contains(WatchCreateRequest.Types.FilterType.Noput),
            DropsDeletes = request.Filters.Contains(WatchCreateRequest.Types.FilterType.Nodelete),
            WithPrevious = request.PrevKv,
            MayBeFragmented = request.Fragment,
            NotifiesProgress = request.ProgressNotify,
        };
        stream.Watchers.Add(id, watcher);
        stream.AllowWatchers(stream.Watchers.Count);
        return watcher;
    }

    private void UnregisterNeedsLock(Watcher watcher)
    {
        switch (watcher.State)
        {
            case WatcherState.Synced:
                watcher.Range.RemoveSynced(watcher);
                break;
            case WatcherState.Unsynced:
                _unsynced.Remove(watcher);
                break;
            case WatcherState.Victim:
                watcher.Stream.Victims.Remove(watcher);
                _victims--;
                break;
            default:
                break; // A pass that is reading for it sees the new state; a compacted one is in no list.
        }

        watcher.State = WatcherState.Gone;
        _watchers--;
        if (--watcher.Range.Watchers == 0)
            _ranges.Remove(watcher.Range.Key, watcher.Range.End);
    }

    private void MatchNeedsLock(MvccEvent change)
    {
        _matched.Clear();
        _ranges.Match(change.Key.Span, _matched);
        if (_matched.Count == 0)
            return;

        var shared = new WatchEvent(change);
        foreach (WatchedRange range in _matched)
        {
            if (range.Synced.Count == 0)
                continue;
            if (range.Written.IsEmpty)
                _touched.Add(range);
            range.Written.Add(shared);
        }
    }

    private void DistributeNeedsLock(WatchedRange range, long revision)
    {
        // Backwards, as a watcher whose stream is full leaves the list and the last one takes its slot.
        for (int i = range.Synced.Count - 1; i >= 0; i--)
        {
            Watcher watcher = range.Synced[i];
            if (watcher.NextRevision > revision)
                continue;
            ArraySegment<WatchEvent> events = range.Written.For(watcher, revision, revision, out long bytes);
            if (events.Count == 0 || TryDeliverNeedsLock(watcher, events, bytes, revision))
                continue;
            range.RemoveSynced(watcher);
            watcher.NextRevision = revision;
            AddVictimNeedsLock(watcher);
        }
    }

    private static bool TryDeliverNeedsLock(Watcher watcher, ArraySegment<WatchEvent> events, long bytes, long headerRevision)
    {
        var reply = new WatchReply(watcher.Id, headerRevision)
        {
            Events = events,
            EventBytes = bytes,
            WithPrevious = watcher.WithPrevious,
            MayBeFragmented = watcher.MayBeFragmented,
        };
        if (!watcher.Stream.TryQueue(reply))
            return false;
        watcher.HadEvents = true;
        return true;
    }

    private void AddVictimNeedsLock(Watcher watcher)
    {
        watcher.State = WatcherState.Victim;
        if (watcher.Stream.Victims.Count == 0)
            _streamsWithVictims.Add(watcher.Stream);
        watcher.Stream.Victims.Add(watcher);
        _victims++;
    }

    /// <summary>
    /// Takes the unsynced watcher that has waited longest and those that are at most one response's worth of revisions ahead of it; tells those whose history is
    /// compacted.
    /// </summary>
    private List<Watcher> TakePassNeedsLock(out long from)
    {
        long compacted = History.CompactRevision;
        while (_unsynced.Lowest is { } lowest && lowest.NextRevision < compacted)
        {
            _unsynced.Remove(lowest);
            CancelCompactedNeedsLock(lowest, compacted);
        }

        var taken = new List<Watcher>();
        if (_unsynced.Longest is not { } first)
        {
            from = 0;
            return taken;
        }

        from = first.NextRevision;
        taken.Add(first);
        _unsynced.Remove(first);
        _unsynced.TakeBetween(from, from + RevisionsPerReplyMax - 1, WatchersPerPassMax, taken);
        foreach (Watcher watcher in taken)
            watcher.State = WatcherState.Reading;
        return taken;
    }

    /// <summary>Reads one page and sorts its events by the ranges that are watched. Not under the lock.</summary>
    /// <returns>The last revision that was read completely; one before <paramref name="from"/> if it has been compacted meanwhile.</returns>
    private long ReadHistory(List<Watcher> watchers, long from, long present)
    {
        var ranges = new RangeIndex<WatchedRange>();
        foreach (Watcher watcher in watchers)
        {
            if (watcher.Range.Found is not null)
                continue;
            watcher.Range.Found = new EventBatch();
            ranges.Add(watcher.Range.Key, watcher.Range.End, watcher.Range);
        }

        Outcome<HistoryPage> outcome = History.ReadHistory(from, Options.CatchUpBytes);
        if (outcome.IsRefused)
            return from - 1;

        var matched = new List<WatchedRange>();
        foreach (MvccEvent change in outcome.Response.Events)
        {
            if (change.Revision.Main > present)
                break;
            matched.Clear();
            ranges.Match(change.Key.Span, matched);
            if (matched.Count == 0)
                continue;
            var shared = new WatchEvent(change);
            foreach (WatchedRange range in matched)
                range.Found!.Add(shared);
        }

        return Math.Min(outcome.Response.NextRevision - 1, present);
    }

    /// <summary>Sends a watcher what a pass found for it, and puts it where it belongs then.</summary>
    private void ServeNeedsLock(Watcher watcher, long end, long present)
    {
        while (watcher.NextRevision <= end)
        {
            long last = Math.Min(end, watcher.NextRevision + RevisionsPerReplyMax - 1);
            ArraySegment<WatchEvent> events = watcher.Range.Found!.For(watcher, watcher.NextRevision, last, out long bytes);
            if (events.Count > 0 && !TryDeliverNeedsLock(watcher, events, bytes, present))
            {
                AddVictimNeedsLock(watcher);
                return;
            }

            watcher.NextRevision = last + 1;
        }

        if (watcher.NextRevision > _revision)
            watcher.Range.AddSynced(watcher);
        else
            _unsynced.Add(watcher);
    }

    private static void CancelCompactedNeedsLock(Watcher watcher, long compacted)
    {
        watcher.State = WatcherState.Compacted;
        watcher.Stream.Answer(new WatchReply(watcher.Id, 0) { Canceled = true, CompactRevision = compacted });
    }

    /// <summary>Whether the watcher has been sent everything up to the present and wanted all of that.</summary>
    private bool IsUpToDateNeedsLock(Watcher watcher) => watcher.State == WatcherState.Synced && watcher.StartRevision <= _revision;
}

using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;

namespace Tenet.Client;

/// <summary>
/// Where a watch is: what has been told, and what has come but must wait for the rest of its revision. The one place that decides that nothing is
/// told twice or left out.
/// </summary>
internal sealed class WatchPosition(long startRevision)
{
    private readonly List<WatchEvent> _waiting = [];

    /// <summary>The revision at which the watch goes on; 0 while it has not begun and is to begin now.</summary>
    public long Next { get; private set; } = startRevision;

    /// <summary>Forgets what waited: the new stream sends it again.</summary>
    public void Reopened() => _waiting.Clear();

    /// <summary>Takes a response; what can be told after it, or null.</summary>
    public WatchBatch? Take(WatchResponse response, bool tellProgress)
    {
        if (response.Created)
        {
            // A member that lags behind may name a revision that has been told already.
            if (Next == 0)
                Next = response.Header.Revision + 1;
            return null;
        }
        if (response.Events.Count == 0)
        {
            if (response.Fragment || response.Header.Revision < Next)
                return null;
            Next = response.Header.Revision + 1;
            return tellProgress ? new WatchBatch(response.Header.Revision, []) : null;
        }
        foreach (Event change in response.Events)
        {
            if (change.Kv.ModRevision >= Next)
                _waiting.Add(WatchEvent.From(change));
        }
        return response.Fragment ? TakeWholeRevisions() : TakeAll();
    }

    private WatchBatch? TakeAll()
    {
        if (_waiting.Count == 0)
            return null;
        WatchEvent[] events = [.. _waiting];
        _waiting.Clear();
        return Told(events);
    }

    /// <summary>The last revision of a fragment may go on in the next.</summary>
    private WatchBatch? TakeWholeRevisions()
    {
        if (_waiting.Count == 0)
            return null;
        long last = _waiting[^1].Item.ModRevision;
        int whole = _waiting.FindIndex(change => change.Item.ModRevision == last);
        if (whole == 0)
            return null;
        WatchEvent[] events = [.. _waiting[..whole]];
        _waiting.RemoveRange(0, whole);
        return Told(events);
    }

    private WatchBatch Told(WatchEvent[] events)
    {
        long revision = events[^1].Item.ModRevision;
        Next = revision + 1;
        return new WatchBatch(revision, events);
    }
}

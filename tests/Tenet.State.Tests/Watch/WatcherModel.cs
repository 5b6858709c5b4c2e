using Google.Protobuf;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;
using Tenet.State.Mvcc;

namespace Tenet.State.Tests.Watch;

/// <summary>What one watcher must see, worked out from the whole history, and a check of what it was sent against it.</summary>
internal sealed class WatcherModel(ModelHistory history, WatchCreateRequest request, long createdAt)
{
    private readonly List<Event> _received = [];
    private List<Event>? _pieces;
    private long _piecesRevision;
    private long _headerRevision;

    public long Start { get; } = request.StartRevision == 0 ? createdAt + 1 : request.StartRevision;

    public bool Ended { get; private set; }

    public long CompactedAt { get; private set; }

    /// <summary>The revision of the last event it has got; the one before its start if it has none.</summary>
    public long LastRevision => _received.Count == 0 ? Start - 1 : _received[^1].Kv.ModRevision;

    /// <summary>Takes one response, and checks what can be said of it alone.</summary>
    public void Receive(WatchResponse response)
    {
        Assert.False(Ended, "a watcher got a response after its end");
        if (response.Canceled)
        {
            Assert.Null(_pieces);
            Ended = true;
            CompactedAt = response.CompactRevision;
            return;
        }

        if (_pieces is not null)
            Assert.Equal(_piecesRevision, response.Header.Revision);
        Assert.True(response.Header.Revision >= _headerRevision, "the header's revision went back");
        _headerRevision = response.Header.Revision;
        if (response.Events.Count == 0)
        {
            Assert.True(request.ProgressNotify);
            AssertComplete(response.Header.Revision);
            return;
        }

        Assert.True(request.Fragment || !response.Fragment);
        _pieces ??= [];
        _piecesRevision = response.Header.Revision;
        _pieces.AddRange(response.Events);
        if (response.Fragment)
            return;

        // A revision's events are all in one response.
        Assert.True(_pieces[0].Kv.ModRevision > LastRevision, $"revision {_pieces[0].Kv.ModRevision} after {LastRevision}");
        Assert.True(_pieces[^1].Kv.ModRevision <= response.Header.Revision);
        _received.AddRange(_pieces);
        _pieces = null;
        AssertComplete(LastRevision);
    }

    /// <summary>Checks that everything up to a revision has been received, in order, once.</summary>
    public void AssertComplete(long revision)
    {
        List<Event> expected = Expected(revision);
        Assert.Equal(expected.Count, _received.Count);
        for (int i = _checked; i < expected.Count; i++)
            AssertSame(expected[i], _received[i]);
        _checked = expected.Count;
    }

    // What has been compared is not compared again, and not looked for again.
    private readonly List<Event> _expected = [];
    private int _scanned;
    private int _checked;

    private List<Event> Expected(long revision)
    {
        for (; _scanned < history.Events.Count && history.Events[_scanned].Revision.Main <= revision; _scanned++)
        {
            MvccEvent change = history.Events[_scanned];
            KeyValue pair = change.ToKeyValue();
            if (pair.ModRevision < Start || !Covers(pair.Key) || request.Filters.Contains((WatchCreateRequest.Types.FilterType)(change.IsDelete ? 1 : 0)))
                continue;
            _expected.Add(new Event
            {
                Type = change.IsDelete ? Event.Types.EventType.Delete : Event.Types.EventType.Put,
                Kv = pair,
                PrevKv = request.PrevKv && !change.IsCreate ? history.At(pair.Key.ToStringUtf8(), pair.ModRevision - 1) : null,
            });
        }

        return _expected;
    }

    private bool Covers(ByteString key)
    {
        ReadOnlySpan<byte> start = request.Key.IsEmpty ? [0] : request.Key.Span;
        ReadOnlySpan<byte> end = request.RangeEnd.Span;
        if (end.IsEmpty)
            return key.Span.SequenceEqual(start);
        return key.Span.SequenceCompareTo(start) >= 0 && (end is [0] || key.Span.SequenceCompareTo(end) < 0);
    }

    private void AssertSame(Event expected, Event received)
    {
        Assert.Equal(expected.Type, received.Type);
        Assert.Equal(expected.Kv, received.Kv);

        // Only a compaction excuses a missing previous pair.
        if (received.PrevKv is null && expected.PrevKv is not null)
            Assert.True(expected.Kv.ModRevision - 1 < history.CompactRevision);
        else
            Assert.Equal(expected.PrevKv, received.PrevKv);
    }
}

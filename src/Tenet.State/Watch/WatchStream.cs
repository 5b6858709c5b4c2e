using System.Threading.Tasks.Sources;
using Tenet.Foundation;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.State.Watch;

/// <summary>
/// One client's watch stream: its watchers, and the queue of responses that the service drains.
/// </summary>
/// <remarks>
/// <para>
/// Requests come from one reader: <see cref="Handle"/> for each, and before the next <see cref="WaitForRequestRoomAsync"/>, so that a client that asks and does not
/// read is held back. Responses go to one writer: <see cref="TryTake"/> until it is empty, then <see cref="WaitAsync"/>. The two may be on different threads.
/// </para>
/// <para>
/// Everything goes through one queue in the order in which it came about: a watcher's "created" before its events, a progress notification after all events up
/// to its revision, nothing after "canceled". The queue is bounded (see <see cref="WatchHubOptions"/>); a watcher whose events do not fit goes on from history later.
/// Waiters are completed on the thread pool, never on the thread that found something for them (but see <see cref="WatchHubOptions.CompleteOnPool"/>).
/// </para>
/// </remarks>
public sealed class WatchStream : IDisposable, IValueTaskSource<bool>
{
    /// <summary>Answers to requests that may wait to be written before the next request is read.</summary>
    private const int AnswersQueuedMax = 16;

    private readonly WatchHub _hub;
    private readonly Lock _queueLock = new();
    private readonly Queue<WatchReply> _queue = new();
    private ManualResetValueTaskSourceCore<bool> _arrival;
    private TaskCompletionSource? _requestRoom;
    private bool _waiting;
    private bool _closed;
    private bool _tellsRoom;
    private int _answersQueued;
    private int _eventRepliesQueued;
    private int _eventsQueued;
    private long _bytesQueued;
    private int _eventRepliesMax;

    // The rest of a response that is going out in pieces. The writer's alone.
    private WatchReply? _rest;

    internal WatchStream(WatchHub hub, TimeSpan progressInterval, TimeSpan now)
    {
        _hub = hub;
        _arrival.RunContinuationsAsynchronously = hub.Options.CompleteOnPool;
        ProgressInterval = progressInterval;
        NextProgress = now + progressInterval;
        AllowWatchers(0);
    }

    /// <summary>The watchers by id. Guarded by the hub's lock.</summary>
    internal SortedDictionary<long, Watcher> Watchers { get; } = [];

    /// <summary>Those that wait for room in the queue. Guarded by the hub's lock.</summary>
    internal List<Watcher> Victims { get; } = [];

    /// <summary>The next id to try when the client leaves the choice to the member. Guarded by the hub's lock.</summary>
    internal long NextId { get; set; }

    internal TimeSpan ProgressInterval { get; }

    /// <summary>When the next progress notifications are due. Guarded by the hub's lock.</summary>
    internal TimeSpan NextProgress { get; set; }

    /// <summary>Events in the queue.</summary>
    internal int EventsQueued
    {
        get
        {
            lock (_queueLock)
                return _eventsQueued;
        }
    }

    /// <summary>Carries out one request of the client; what it is answered, if anything, is in the queue on return.</summary>
    public void Handle(WatchRequest request)
    {
        switch (request.RequestUnionCase)
        {
            case WatchRequest.RequestUnionOneofCase.CreateRequest:
                _hub.Create(this, request.CreateRequest);
                break;
            case WatchRequest.RequestUnionOneofCase.CancelRequest:
                _hub.Cancel(this, request.CancelRequest.WatchId);
                break;
            case WatchRequest.RequestUnionOneofCase.ProgressRequest:
                _hub.RequestProgress(this);
                break;
            default:
                break; // An empty request asks for nothing.
        }

        _hub.ContinueWaiters();
    }

    /// <summary>Answers a create request that is refused before it comes to a watcher.</summary>
    public void Refuse(string reason)
    {
        _hub.Refuse(this, reason);
        _hub.ContinueWaiters();
    }

    /// <summary>Completes when few enough answers wait to be written that the next request may be read, or the stream is closed.</summary>
    public ValueTask WaitForRequestRoomAsync()
    {
        lock (_queueLock)
        {
            if (_closed || _answersQueued < AnswersQueuedMax)
                return ValueTask.CompletedTask;
            _requestRoom ??= new TaskCompletionSource(
                _hub.Options.CompleteOnPool ? TaskCreationOptions.RunContinuationsAsynchronously : TaskCreationOptions.None);
            return new ValueTask(_requestRoom.Task);
        }
    }

    /// <summary>
    /// The next response, if there is one. Previous pairs are looked up here, on the writer's thread, and a response that is too long for a watcher that
    /// allows pieces is cut here.
    /// </summary>
    public bool TryTake(out WatchReply reply)
    {
        if (_rest is { } rest)
        {
            reply = rest;
            _rest = null;
        }
        else if (!TryDequeue(out reply))
        {
            return false;
        }

        if (reply.WithPrevious)
        {
            foreach (WatchEvent change in reply.Events.AsSpan())
                change.LoadPrevious(_hub.History);
        }

        reply = _hub.Stamp(reply);
        if (reply.MayBeFragmented && reply.EventCount > 1 && WatchReplyCodec.Instance.SizeOf(reply) >= _hub.Options.FragmentBytes)
            (reply, _rest) = Cut(reply);
        return true;
    }

    /// <summary>
    /// Completes with true once a response can be taken, with false once the stream is closed. One wait at a time; to end it, dispose the stream.
    /// </summary>
    public ValueTask<bool> WaitAsync()
    {
        lock (_queueLock)
        {
            Invariant.That(!_waiting, $"a watch stream has one writer");
            if (_closed)
                return new ValueTask<bool>(false);
            if (_queue.Count > 0 || _rest is not null)
                return new ValueTask<bool>(true);
            _arrival.Reset();
            _waiting = true;
            return new ValueTask<bool>(this, _arrival.Version);
        }
    }

    /// <summary>Cancels all watchers and ends every wait. Responses that were not taken are dropped.</summary>
    public void Dispose()
    {
        _hub.Close(this);
        TaskCompletionSource? room;
        lock (_queueLock)
        {
            _closed = true;
            _queue.Clear();
            _eventsQueued = 0;
            room = _requestRoom;
            SignalNeedsLock(false);
        }

        room?.TrySetResult();
        _hub.ContinueWaiters();
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _arrival.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _arrival.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _arrival.OnCompleted(continuation, state, token, flags);

    /// <summary>Sets the queue's bound for this many watchers.</summary>
    internal void AllowWatchers(int count)
    {
        lock (_queueLock)
            _eventRepliesMax = Math.Max(_hub.Options.QueuedMax, count);
    }

    /// <summary>Queues an answer to a request, or a cancellation. Always admitted: the reader's pace bounds the one, the number of watchers the other.</summary>
    internal void Answer(in WatchReply reply)
    {
        lock (_queueLock)
        {
            if (_closed)
                return;
            _answersQueued++;
            EnqueueNeedsLock(reply);
        }
    }

    /// <summary>Queues a notification that nobody asked for now, unless too much else waits: to a client that does not read it would be news of no use.</summary>
    internal void Notify(in WatchReply reply)
    {
        lock (_queueLock)
        {
            if (_closed || _answersQueued >= _eventRepliesMax)
                return;
            _answersQueued++;
            EnqueueNeedsLock(reply);
        }
    }

    /// <summary>Queues events; false if there is no room, and then <see cref="WatchHub.RoomArrived"/> follows once there is.</summary>
    internal bool TryQueue(in WatchReply reply)
    {
        lock (_queueLock)
        {
            if (_closed)
                return true;
            bool fits = _eventRepliesQueued < _eventRepliesMax && _bytesQueued + reply.EventBytes <= _hub.Options.QueuedBytesMax;
            if (!fits && _eventRepliesQueued > 0)
            {
                _tellsRoom = true;
                return false;
            }

            _eventRepliesQueued++;
            _eventsQueued += reply.EventCount;
            _bytesQueued += reply.EventBytes;
            EnqueueNeedsLock(reply);
            return true;
        }
    }

    /// <summary>Whether the queue has drained far enough that victims should try again.</summary>
    internal bool HasRoom
    {
        get
        {
            lock (_queueLock)
                return HasRoomNeedsLock;
        }
    }

    /// <summary>Ends the wait of the writer.</summary>
    internal void Continue(bool result) => _arrival.SetResult(result);

    private bool HasRoomNeedsLock => _eventRepliesQueued <= _eventRepliesMax / 4 && _bytesQueued <= _hub.Options.QueuedBytesMax / 2;

    private bool TryDequeue(out WatchReply reply)
    {
        bool roomArrived = false;
        TaskCompletionSource? requestRoom = null;
        lock (_queueLock)
        {
            if (!_queue.TryDequeue(out reply))
                return false;
            if (reply.IsAnswer)
            {
                if (--_answersQueued < AnswersQueuedMax)
                    (requestRoom, _requestRoom) = (_requestRoom, null);
            }
            else
            {
                _eventRepliesQueued--;
                _eventsQueued -= reply.EventCount;
                _bytesQueued -= reply.EventBytes;
                if (_tellsRoom && HasRoomNeedsLock)
                {
                    _tellsRoom = false;
                    roomArrived = true;
                }
            }
        }

        requestRoom?.TrySetResult();
        if (roomArrived)
            _hub.RoomArrived();
        return true;
    }

    /// <summary>Splits off as many events as stay below the bound, at least one.</summary>
    private (WatchReply Piece, WatchReply? Left) Cut(in WatchReply reply)
    {
        long size = WatchReplyCodec.Instance.SizeOf(reply with { Events = default, Fragment = true });
        int count = 0;
        foreach (WatchEvent change in reply.Events.AsSpan())
        {
            size += change.SizeOf(reply.WithPrevious);
            if (count > 0 && size >= _hub.Options.FragmentBytes)
                break;
            count++;
        }

        return count == reply.EventCount
            ? (reply, null)
            : (reply with { Events = reply.Events[..count], Fragment = true }, reply with { Events = reply.Events[count..] });
    }

    private void EnqueueNeedsLock(in WatchReply reply)
    {
        _queue.Enqueue(reply);
        SignalNeedsLock(true);
    }

    private void SignalNeedsLock(bool result)
    {
        if (!_waiting)
            return;
        _waiting = false;
        if (_hub.Options.CompleteOnPool)
            _arrival.SetResult(result);
        else
            _hub.ContinueSoon(this, result);
    }
}

using System.Threading.Channels;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Proxy.Calls;
using Tenet.Proxy.Keys;

namespace Tenet.Proxy.Watching;

/// <summary>
/// One watch upstream and all watchers that it feeds. A connection that breaks is made again from the first revision that has not come, so
/// that nobody misses an event or gets one twice.
/// </summary>
internal sealed class SharedWatch
{
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(1);

    /// <summary>How often it is looked whether a watcher has read on.</summary>
    private static readonly TimeSpan CrowdedPoll = TimeSpan.FromMilliseconds(10);

    private readonly Upstream _upstream;
    private readonly WatchGroup _group;
    private readonly KeyPrefix _prefix;
    private readonly ProxyMetrics _metrics;
    private readonly ILog _log;
    private readonly CancellationTokenSource _stop;
    private readonly List<Watcher> _watchers = [];

    /// <summary>That it is to be asked how far the server is.</summary>
    private readonly Channel<bool> _questions = System.Threading.Channels.Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private ResponseHeader _latest = new();

    /// <param name="upstream">The servers.</param>
    /// <param name="group">Where it belongs.</param>
    /// <param name="first">Its first watcher.</param>
    /// <param name="prefix">The namespace.</param>
    /// <param name="metrics">Counts.</param>
    /// <param name="stop">Its end; its own alone, and without a timer, so that nobody needs to dispose of it.</param>
    /// <param name="log">Told of failures.</param>
    public SharedWatch(Upstream upstream, WatchGroup group, Watcher first, KeyPrefix prefix, ProxyMetrics metrics, CancellationTokenSource stop, ILog log)
    {
        _stop = stop;
        _upstream = upstream;
        _group = group;
        _prefix = prefix;
        _metrics = metrics;
        _log = log;
        Start = Next = first.Start;
        Add(first);
    }

    /// <summary>From where on the first watcher wanted events.</summary>
    public long Start { get; }

    /// <summary>The first revision whose events have not come; 0 until that is known.</summary>
    public long Next { get; private set; }

    /// <summary>Whether a server has begun to watch.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Whether history has been caught up with, so that what comes happens now.</summary>
    public bool IsLive { get; private set; }

    /// <summary>Whether nothing more comes.</summary>
    public bool IsEnded { get; private set; }

    public int WatcherCount => _watchers.Count;

    /// <summary>The header of what came last.</summary>
    public ResponseHeader Latest => _latest;

    public void Add(Watcher watcher)
    {
        watcher.Source = this;
        _watchers.Add(watcher);
    }

    public void Remove(Watcher watcher)
    {
        watcher.Source = null;
        _watchers.Remove(watcher);
    }

    /// <summary>Feeds another watch's watchers from now on, and ends that watch.</summary>
    public void TakeOver(SharedWatch other)
    {
        foreach (Watcher watcher in other._watchers)
            Add(watcher);
        other._watchers.Clear();
        other.Stop();
    }

    /// <summary>Ends the call upstream.</summary>
    public void Stop()
    {
        IsEnded = true;
        // What waits for it goes on elsewhere: here locks are held.
        _ = _stop.CancelAsync();
    }

    /// <summary>Asks the server how far it is. It answers only if it has sent everything; of several questions at once, one is asked.</summary>
    public void AskProgress() => _questions.Writer.TryWrite(true);

    /// <summary>Watches until nobody needs it any more.</summary>
    public async Task RunAsync()
    {
        CancellationToken stop = _stop.Token;
        TimeSpan pause = PauseMin;
        try
        {
            while (true)
            {
                if (await WatchOnceAsync(stop))
                    return;
                await Task.Delay(pause, stop);
                pause = pause * 2 < PauseMax ? pause * 2 : PauseMax;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Nobody watches any more.
        }
        catch (Exception failure)
        {
            _log.Error("a watch failed", new LogField("error", failure));
            FailAll(failure);
        }

        async Task<bool> WatchOnceAsync(CancellationToken cancellation)
        {
            try
            {
                await using IDuplexCall<WatchRequest, WatchResponse> call = _upstream.Open(WatchMethods.Watch, _group.Range.Caller, cancellation);
                await call.WriteAsync(new WatchRequest { CreateRequest = Creation() }, cancellation);
                using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                Task asking = AskAsync(call, over.Token);
                try
                {
                    while (await call.ReadAsync(cancellation) is { } response)
                    {
                        pause = PauseMin;
                        if (!Take(response))
                            return true;
                        await LetSoleWatcherReadAsync(cancellation);
                    }
                    return false;
                }
                finally
                {
                    await over.CancelAsync();
                    await asking;
                }
            }
            catch (CallException failure)
            {
                cancellation.ThrowIfCancellationRequested();
                // One failure may be a server that goes away; a caller who wants a leader is told of the second.
                bool leaderless = _group.Range.Caller.WantsLeader && (failure.Message == EtcdErrors.NoLeader.Message || pause > PauseMin);
                if (!leaderless && IsPassing(failure.Code))
                {
                    _log.Debug("a watch is opened again", new("error", failure.Message), new("next-revision", Next));
                    return false;
                }
                FailAll(leaderless ? EtcdErrors.NoLeader.ToException() : Upstream.Refusal(failure, cancellation));
                return true;
            }
        }
    }

    private async Task AskAsync(IDuplexCall<WatchRequest, WatchResponse> call, CancellationToken over)
    {
        try
        {
            while (await _questions.Reader.ReadAsync(over))
                await call.WriteAsync(new WatchRequest { ProgressRequest = new WatchProgressRequest() }, over);
        }
        catch (Exception ended) when (ended is OperationCanceledException or CallException)
        {
            // Whoever reads hears of it too, and opens another call.
        }
    }

    private static bool IsPassing(StatusCode code) => code is StatusCode.Unavailable or StatusCode.Internal or StatusCode.Cancelled or StatusCode.Unknown or StatusCode.Aborted or StatusCode.DeadlineExceeded;

    private WatchCreateRequest Creation() => new()
    {
        Key = _group.Range.Key,
        RangeEnd = _group.Range.End,
        StartRevision = Next,
        PrevKv = _group.Range.PrevKv,
        ProgressNotify = true,
    };

    /// <summary>Passes a response on; false if it is the last.</summary>
    private bool Take(WatchResponse response)
    {
        _prefix.Strip(response);
        response.Header ??= new ResponseHeader();
        int bytes = response.Events.Count > 0 ? response.CalculateSize() : 0;
        lock (_group.Lock)
        {
            if (response.Header.Revision > 0)
                _latest = response.Header;
            if (response.Canceled)
            {
                End(response);
                return false;
            }
            if (response.Created)
            {
                Open(response.Header);
                return true;
            }
            if (response.Events.Count > 0)
            {
                long last = response.Events[^1].Kv.ModRevision;
                foreach (Watcher watcher in _watchers)
                    watcher.Send(response, bytes);
                if (_watchers.Count > 1)
                    _metrics.EventsCoalesced.Add(_watchers.Count - 1);
                Next = Math.Max(Next, last + 1);
                // While history is read the header shows where the store is, not where the events are.
                IsLive |= last == response.Header.Revision;
            }
            else
            {
                Next = Math.Max(Next, response.Header.Revision + 1);
                IsLive = true;
                foreach (Watcher watcher in _watchers)
                    watcher.Progress(response.Header, asked: response.WatchId < 0);
            }
            _group.Merge(this);
            return true;
        }
    }

    /// <summary>
    /// A watcher who is alone is read for as fast as he reads; that holds the server back, and costs nobody else anything. Several that share a
    /// watch do not wait for the slowest: his stream is ended if too much waits for him.
    /// </summary>
    private async ValueTask LetSoleWatcherReadAsync(CancellationToken cancellation)
    {
        while (SoleWatcherIsBehind())
            await Task.Delay(CrowdedPoll, cancellation);
    }

    private bool SoleWatcherIsBehind()
    {
        lock (_group.Lock)
            return _watchers.Count == 1 && _watchers[0].Stream.IsCrowded;
    }

    private void Open(ResponseHeader header)
    {
        if (IsOpen)
            return;
        IsOpen = true;
        IsLive = Next == 0 || header.Revision < Next;
        // Another proxy may not know the revision; then it is the first event's.
        if (Next == 0 && header.Revision > 0)
            Next = header.Revision + 1;
        foreach (Watcher watcher in _watchers)
            watcher.Open(header);
    }

    private void End(WatchResponse last)
    {
        IsEnded = true;
        foreach (Watcher watcher in _watchers)
        {
            watcher.Source = null;
            if (watcher.Opened.IsCompleted)
                watcher.Cancel(last);
            else
                watcher.Refuse(last);
        }
        _watchers.Clear();
    }

    private void FailAll(Exception failure)
    {
        lock (_group.Lock)
        {
            IsEnded = true;
            foreach (Watcher watcher in _watchers)
            {
                watcher.Source = null;
                watcher.Fail(failure);
            }
            _watchers.Clear();
        }
    }
}

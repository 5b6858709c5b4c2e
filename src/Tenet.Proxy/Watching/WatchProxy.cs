using Google.Protobuf;
using Tenet.Client.Calls.Methods;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Proxy.Calls;
using Tenet.Proxy.Keys;

namespace Tenet.Proxy.Watching;

/// <summary>
/// The Watch service: watchers of the same range, as the same caller, share one watch upstream as soon as they want the same events.
/// </summary>
internal sealed class WatchProxy(Upstream upstream, KeyPrefix prefix, ProxyMetrics metrics, ILog log)
{
    private static readonly ByteString FirstKey = ByteString.CopyFrom(0);

    /// <summary>Guards the groups; taken before the lock of one.</summary>
    private readonly Lock _lock = new();
    private readonly Dictionary<WatchedRange, WatchGroup> _groups = [];

    public IReadOnlyList<Method> Rows => [MethodRows.Duplex(WatchMethods.Watch, ServeAsync)];

    /// <summary>How many watches there are upstream.</summary>
    public int WatchCount => Sum(static watch => 1);

    /// <summary>How many watchers need no watch of their own.</summary>
    public int CoalescedCount => Sum(static watch => Math.Max(0, watch.WatcherCount - 1));

    /// <summary>Makes a watcher watch, or tells him that he may not.</summary>
    public async Task OpenAsync(Watcher watcher, WatchCreateRequest request, Caller caller, CancellationToken cancellation)
    {
        WatchedRange range = new(
            prefix.IsEmpty && request.Key.IsEmpty ? FirstKey : prefix.Add(request.Key), prefix.AddToEnd(request.RangeEnd), request.PrevKv, caller);
        if (await JoinAsync(range, watcher, cancellation))
            return;
        lock (_lock)
        {
            if (!_groups.TryGetValue(range, out WatchGroup? group))
                _groups[range] = group = new WatchGroup(range);
            lock (group.Lock)
            {
                watcher.Group = group;
                if (group.FindOpening(watcher) is { } opening)
                {
                    opening.Add(watcher);
                }
                else
                {
                    SharedWatch watch = new(upstream, group, watcher, prefix, metrics, new CancellationTokenSource(), log);
                    group.Watches.Add(watch);
                    // Not on this thread, which holds locks.
                    _ = Task.Run(() => RunAsync(group, watch), CancellationToken.None);
                }
            }
        }
        await watcher.Opened.WaitAsync(cancellation);
    }

    /// <summary>Takes a watcher out; the header of what was last told to those who watch the same.</summary>
    public ResponseHeader Remove(Watcher watcher)
    {
        if (watcher.Group is not { } group)
            return new ResponseHeader();
        lock (_lock)
        {
            lock (group.Lock)
            {
                // Ended by the server already.
                if (watcher.Source is not { } source)
                    return watcher.Latest;
                source.Remove(watcher);
                if (source.WatcherCount == 0)
                {
                    source.Stop();
                    Forget(group, source);
                }
                return source.Latest;
            }
        }
    }

    private Task ServeAsync(IRequestReader<WatchRequest> requests, IResponseWriter<WatchResponse> output, CallContext context) =>
        new WatchStream(this, Caller.Of(context), new CancellationTokenSource()).RunAsync(requests, output, context.Cancellation);

    /// <summary>
    /// Lets a watcher join a watch that is there already. The server is asked for his right to read, as it would ask itself, and for the current
    /// revision, so that one who wants to know what happens from now on is not told of what had happened.
    /// </summary>
    private async Task<bool> JoinAsync(WatchedRange range, Watcher watcher, CancellationToken cancellation)
    {
        if (FindFor(range, watcher) is null)
            return false;
        ResponseHeader header;
        try
        {
            header = await AskRightAsync(range, cancellation);
        }
        catch (RefusalException refusal)
        {
            // Who cannot be asked now is asked again by the watch of his own.
            if (refusal.Error.Code is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled)
                return false;
            watcher.Refuse(new WatchResponse
            {
                Header = new ResponseHeader(),
                WatchId = -1,
                Created = true,
                Canceled = true,
                CancelReason = $"rpc error: code = {refusal.Error.Code} desc = {refusal.Error.Message}",
            });
            return true;
        }
        lock (_lock)
        {
            if (!_groups.TryGetValue(range, out WatchGroup? group))
                return false;
            lock (group.Lock)
            {
                if (group.Find(watcher) is not { } watch)
                    return false;
                watcher.Group = group;
                watch.Add(watcher);
                header.Revision = Math.Max(header.Revision, watch.Next - 1);
                watcher.Open(header);
                return true;
            }
        }
    }

    private SharedWatch? FindFor(WatchedRange range, Watcher watcher)
    {
        lock (_lock)
        {
            if (!_groups.TryGetValue(range, out WatchGroup? group))
                return null;
            lock (group.Lock)
                return group.Find(watcher);
        }
    }

    /// <summary>A transaction that would read the range if a version were less than nothing: rights are asked for, and nothing is read.</summary>
    private async Task<ResponseHeader> AskRightAsync(WatchedRange range, CancellationToken cancellation)
    {
        TxnRequest question = new()
        {
            Compare = { new Compare { Key = range.Key, Target = Compare.Types.CompareTarget.Version, Result = Compare.Types.CompareResult.Less, Version = 0 } },
            Success = { new RequestOp { RequestRange = new RangeRequest { Key = range.Key, RangeEnd = range.End, KeysOnly = true, Limit = 1 } } },
        };
        return (await upstream.CallAsync(KvMethods.Txn, question, range.Caller, cancellation)).Header ?? new ResponseHeader();
    }

    private async Task RunAsync(WatchGroup group, SharedWatch watch)
    {
        await watch.RunAsync();
        lock (_lock)
        {
            lock (group.Lock)
                Forget(group, watch);
        }
    }

    private void Forget(WatchGroup group, SharedWatch watch)
    {
        group.Watches.Remove(watch);
        if (group.Watches.Count == 0 && _groups.TryGetValue(group.Range, out WatchGroup? present) && present == group)
            _groups.Remove(group.Range);
    }

    private int Sum(Func<SharedWatch, int> of)
    {
        int sum = 0;
        lock (_lock)
        {
            foreach (WatchGroup group in _groups.Values)
            {
                lock (group.Lock)
                {
                    foreach (SharedWatch watch in group.Watches)
                        sum += of(watch);
                }
            }
        }
        return sum;
    }
}

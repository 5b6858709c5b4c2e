using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Ctl.Connection;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Channels = System.Threading.Channels;

namespace Tenet.Ctl.Watching;

/// <summary>
/// All watches of a command over one stream, as etcd's tool has them: a question about progress is answered to each. A stream that
/// breaks is opened again, and every watch goes on after the last revision that it has told. It asks for a member that has a leader.
/// </summary>
internal sealed class WatchStream : IAsyncDisposable
{
    private const long ToAll = -1;
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);
    private static readonly CallOptions WithLeader = new() { Metadata = [new("hasleader", "true")] };

    private readonly ICallInvoker _calls;
    private readonly Func<WatchOrder, WatchNews, Task> _show;
    private readonly CancellationTokenSource _stop;
    private readonly Channels.Channel<WatchRequest> _requests = Channels.Channel.CreateUnbounded<WatchRequest>();
    private readonly SortedDictionary<long, WatchOrder> _orders = [];
    private readonly Lock _lock = new();
    private readonly Task _running;
    private long _lastId;

    public WatchStream(ICallInvoker calls, Func<WatchOrder, WatchNews, Task> show, CancellationToken cancellation)
    {
        _calls = calls;
        _show = show;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _running = RunAsync();
        Failed = FailedAsync();
    }

    /// <summary>Completes when no watch is left, or with what printing threw.</summary>
    public Task Ended => _running;

    /// <summary>Completes only with what printing threw; it stays open when watches merely end.</summary>
    public Task Failed { get; }

    public ValueTask AddAsync(WatchOrder order)
    {
        WatchRequest request;
        lock (_lock)
        {
            order.Request.WatchId = ++_lastId;
            _orders.Add(order.Request.WatchId, order);
            request = new() { CreateRequest = order.Request.Clone() };
        }
        return _requests.Writer.WriteAsync(request);
    }

    public ValueTask AskProgressAsync() => _requests.Writer.WriteAsync(new() { ProgressRequest = new() });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task FailedAsync()
    {
        await _running;
        await Task.Delay(Timeout.Infinite, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RunAsync()
    {
        // The first stream is opened by the first request.
        await _requests.Reader.WaitToReadAsync(_stop.Token);
        while (true)
        {
            try
            {
                await ServeAsync();
                return;
            }
            catch (CallException exception) when (MayGoOn(exception))
            {
                await Task.Delay(PauseAfterFailure, _stop.Token);
                lock (_lock)
                {
                    while (_requests.Reader.TryRead(out _))
                    {
                    }
                    foreach (WatchOrder order in _orders.Values)
                        _requests.Writer.TryWrite(new() { CreateRequest = order.Request.Clone() });
                }
            }
            catch (CallException exception)
            {
                await EndAllAsync(CallErrors.Text(exception));
                return;
            }
        }
    }

    private static bool MayGoOn(CallException exception) =>
        exception.Code is StatusCode.Unavailable or StatusCode.Internal && exception.Message != EtcdErrors.NoLeader.Message;

    private async Task ServeAsync()
    {
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        await using IDuplexCall<WatchRequest, WatchResponse> call = _calls.Duplex(WatchMethods.Watch, WithLeader, ended.Token);
        Task writing = WriteAsync(call, ended.Token);
        try
        {
            while (await call.ReadAsync(ended.Token) is { } response)
            {
                if (!await TakeAsync(response))
                    return;
            }
            throw new CallException(StatusCode.Unavailable, "the stream ended");
        }
        finally
        {
            await ended.CancelAsync();
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task WriteAsync(IDuplexCall<WatchRequest, WatchResponse> call, CancellationToken cancellation)
    {
        await foreach (WatchRequest request in _requests.Reader.ReadAllAsync(cancellation))
            await call.WriteAsync(request, cancellation);
    }

    /// <summary>False if it was the end of the last watch.</summary>
    private async Task<bool> TakeAsync(WatchResponse response)
    {
        if (response.WatchId == ToAll && !response.Canceled)
        {
            foreach (WatchOrder each in Orders())
                await _show(each, new(response.Header, []));
            return true;
        }
        WatchOrder? order;
        lock (_lock)
            _orders.TryGetValue(response.WatchId, out order);
        // A refusal to create a watch does not always name it; it is the answer to the only one there is.
        order ??= Orders() is [var only] ? only : null;
        if (order is null)
            return true;
        if (response.Canceled)
            return await EndAsync(order, response);
        if (response.Created)
        {
            // Without a revision the watch begins now, also if the stream has to be opened again before the first event.
            if (order.Request.StartRevision == 0)
                order.Request.StartRevision = response.Header.Revision + 1;
            return true;
        }
        await _show(order, new(response.Header, response.Events));
        order.Request.StartRevision = response.Events.Count > 0 ? response.Events[^1].Kv.ModRevision + 1 : Math.Max(order.Request.StartRevision, response.Header.Revision + 1);
        return true;
    }

    private async Task<bool> EndAsync(WatchOrder order, WatchResponse response)
    {
        string reason = response.CancelReason.Length > 0 ? CallErrors.Text(new(StatusCode.FailedPrecondition, response.CancelReason)) : EtcdErrors.FutureRevision.Message;
        // One that never began is only an error.
        WatchNews last = response.Created || response.WatchId == ToAll
            ? new(null, []) { Canceled = true, Error = reason }
            : new(response.Header, response.Events)
            {
                Canceled = true,
                CompactRevision = response.CompactRevision,
                CancelReason = response.CancelReason,
                Error = response.CompactRevision != 0 ? EtcdErrors.Compacted.Message : reason,
            };
        bool isLast;
        lock (_lock)
        {
            _orders.Remove(order.Request.WatchId);
            isLast = _orders.Count == 0;
        }
        await _show(order, last);
        return !isLast;
    }

    private async Task EndAllAsync(string reason)
    {
        foreach (WatchOrder order in Orders())
            await _show(order, new(null, []) { Canceled = true, Error = reason });
    }

    private WatchOrder[] Orders()
    {
        lock (_lock)
            return [.. _orders.Values];
    }
}

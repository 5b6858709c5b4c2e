using System.Threading.Channels;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Proxy.Calls;

namespace Tenet.Proxy.Watching;

/// <summary>One stream of a caller: his watchers, and the queue of what they are to be told.</summary>
/// <param name="proxy">Where watchers are opened.</param>
/// <param name="caller">As whom they watch.</param>
/// <param name="ended">Fires when the stream is over; its own alone, and without a timer, so that nobody needs to dispose of it.</param>
internal sealed class WatchStream(WatchProxy proxy, Caller caller, CancellationTokenSource ended)
{
    private const int ResponsesMax = 1024;
    private const long BytesMax = 64 << 20;

    private static readonly EtcdError NotRead = new(StatusCode.Unavailable, "grpc-proxy: watch events were not read in time");

    private readonly Channel<(WatchResponse Response, int Bytes)> _outgoing =
        Channel.CreateBounded<(WatchResponse Response, int Bytes)>(new BoundedChannelOptions(ResponsesMax) { SingleReader = true });

    private readonly Dictionary<long, Watcher> _watchers = [];
    private readonly Lock _progress = new();
    private readonly HashSet<Watcher> _awaited = [];
    private volatile ResponseHeader? _latest;
    private ResponseHeader? _reached;
    private Exception? _failure;
    private long _queuedBytes;
    private long _nextId;

    /// <summary>Whether more waits to be read than whoever reads in time leaves unread.</summary>
    public bool IsCrowded => _outgoing.Reader.Count > ResponsesMax / 2 || Volatile.Read(ref _queuedBytes) > BytesMax / 2;

    /// <summary>Serves the stream to its end. A caller who says no more goes on being told.</summary>
    public async Task RunAsync(IRequestReader<WatchRequest> requests, IResponseWriter<WatchResponse> output, CancellationToken cancellation)
    {
        using CancellationTokenRegistration leaving = cancellation.Register(static source => ((CancellationTokenSource)source!).Cancel(), ended);
        Task reading = ReadAsync(requests, ended.Token);
        try
        {
            await foreach ((WatchResponse response, int bytes) in _outgoing.Reader.ReadAllAsync(ended.Token))
            {
                await output.WriteAsync(response, ended.Token, moreFollows: _outgoing.Reader.Count > 0);
                Interlocked.Add(ref _queuedBytes, -bytes);
            }
        }
        catch (OperationCanceledException) when (Volatile.Read(ref _failure) is { } failure)
        {
            throw failure;
        }
        finally
        {
            await ended.CancelAsync();
            await reading;
            foreach (Watcher watcher in _watchers.Values)
                proxy.Remove(watcher);
        }
    }

    /// <summary>Queues a response. Never waits: who does not read while others do loses his stream, and may come back for the rest.</summary>
    public void Post(WatchResponse response, int bytes)
    {
        // What the proxy says of itself has the header of what the server said before.
        if (response.Header is { MemberId: not 0 } header)
            _latest = header;
        else if (_latest is { } latest)
            response.Header = latest;
        long queued = Interlocked.Add(ref _queuedBytes, bytes);
        if ((queued > BytesMax && queued > bytes) || !_outgoing.Writer.TryWrite((response, bytes)))
            Fail(NotRead.ToException());
    }

    /// <summary>Ends the stream with a failure.</summary>
    public void Fail(Exception failure)
    {
        Interlocked.CompareExchange(ref _failure, failure, null);
        _ = ended.CancelAsync();
    }

    /// <summary>Told that a watcher has been sent everything up to a revision, after it was asked for.</summary>
    public void Reached(Watcher watcher, ResponseHeader header)
    {
        lock (_progress)
        {
            if (!_awaited.Remove(watcher))
                return;
            if (_reached is null || header.Revision < _reached.Revision)
                _reached = header;
            TellProgress();
        }
    }

    private async Task ReadAsync(IRequestReader<WatchRequest> requests, CancellationToken cancellation)
    {
        try
        {
            // One after the other: servers answer in the order of the requests, and some clients tell their watchers apart by it.
            while (await requests.ReadAsync(cancellation) is { } request)
            {
                switch (request.RequestUnionCase)
                {
                    case WatchRequest.RequestUnionOneofCase.CreateRequest:
                        await CreateAsync(request.CreateRequest, cancellation);
                        break;
                    case WatchRequest.RequestUnionOneofCase.CancelRequest:
                        Cancel(request.CancelRequest.WatchId);
                        break;
                    case WatchRequest.RequestUnionOneofCase.ProgressRequest:
                        AskProgress();
                        break;
                }
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The stream has ended, and says itself why.
        }
        catch (Exception failure)
        {
            Fail(failure);
        }
    }

    private async Task CreateAsync(WatchCreateRequest request, CancellationToken cancellation)
    {
        if (request.WatchId != 0 && _watchers.ContainsKey(request.WatchId))
        {
            Post(
                new WatchResponse { Header = new ResponseHeader(), WatchId = -1, Created = true, Canceled = true, CancelReason = EtcdErrors.WatcherDuplicateId.Message },
                bytes: 0);
            return;
        }
        while (request.WatchId == 0 && _watchers.ContainsKey(_nextId))
            _nextId++;
        Watcher watcher = new(this, request.WatchId != 0 ? request.WatchId : _nextId, request);
        try
        {
            await proxy.OpenAsync(watcher, request, caller, cancellation);
        }
        catch
        {
            proxy.Remove(watcher);
            throw;
        }
        if (!await watcher.Opened)
            return;
        _watchers.Add(watcher.Id, watcher);
        if (request.WatchId == 0)
            _nextId++;
    }

    private void Cancel(long id)
    {
        if (!_watchers.Remove(id, out Watcher? watcher))
            return;
        ResponseHeader latest = proxy.Remove(watcher);
        lock (_progress)
        {
            if (_awaited.Remove(watcher))
                TellProgress();
        }
        Post(new WatchResponse { Header = latest, WatchId = id, Canceled = true }, bytes: 0);
    }

    /// <summary>
    /// Asks how far everybody is. Only when all have answered is the caller told, of the least; as from a server, there is no answer while one of
    /// them is behind, and the caller asks again.
    /// </summary>
    private void AskProgress()
    {
        HashSet<SharedWatch> sources = [];
        lock (_progress)
        {
            _awaited.Clear();
            _reached = null;
            foreach (Watcher watcher in _watchers.Values)
            {
                if (watcher.Source is { } source)
                {
                    _awaited.Add(watcher);
                    sources.Add(source);
                }
            }
        }
        foreach (SharedWatch source in sources)
            source.AskProgress();
    }

    private void TellProgress()
    {
        if (_awaited.Count == 0 && _reached is { } reached)
        {
            _reached = null;
            Post(new WatchResponse { Header = reached, WatchId = -1 }, bytes: 0);
        }
    }
}

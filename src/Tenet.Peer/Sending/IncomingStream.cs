using System.Net;
using Tenet.Foundation.Logging;
using Tenet.Foundation.Metrics;
using Tenet.Peer.Framing;
using Tenet.Raft;
using Tenet.Raft.Wire;

namespace Tenet.Peer.Sending;

/// <summary>
/// Keeps one stream from a peer open: who receives dials (contract/consensus.md, 4.4). Whatever goes wrong, the next attempt follows.
/// </summary>
internal sealed class IncomingStream : IAsyncDisposable
{
    /// <summary>The least time from one attempt to the next.</summary>
    private static readonly TimeSpan AttemptInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>The least time from one line about dropped messages to the next.</summary>
    private static readonly TimeSpan DropLineInterval = TimeSpan.FromSeconds(1);

    private readonly PeerContext _context;
    private readonly PeerLink _link;
    private readonly StreamKind _kind;
    private readonly EndEvidence _evidence = new();
    private readonly Counter _receivedBytes;
    private readonly Counter _receivedFailures;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;
    private Attempt? _attempt;
    private long _dropLineAt;

    public IncomingStream(PeerContext context, PeerLink link, StreamKind kind)
    {
        _context = context;
        _link = link;
        _kind = kind;
        _receivedBytes = context.Metrics.ReceivedBytes.With(link.HexId);
        _receivedFailures = context.Metrics.ReceivedFailures.With(link.HexId);
        _running = Task.Run(RunAsync);
    }

    /// <summary>Closes the connection and dials no more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
    }

    /// <summary>Called several times a second: notices a connection on which nothing comes.</summary>
    public void Watch(long now) => Volatile.Read(ref _attempt)?.Watch(now);

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                Task pause = Task.Delay(AttemptInterval, _context.Clock, _stopping.Token);
                using (var attempt = new Attempt(_context, _stopping.Token))
                {
                    Volatile.Write(ref _attempt, attempt);
                    try
                    {
                        await TryOnceAsync(attempt);
                    }
                    catch (Exception failure) when (!_stopping.IsCancellationRequested)
                    {
                        // Nothing that anybody expects; but a member that dials no more hears nothing more.
                        Line(LogLevel.Error, "a stream from a peer failed", failure.ToString());
                    }

                    Volatile.Write(ref _attempt, null);
                }
                await pause;
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Stopped.
        }
    }

    private async Task TryOnceAsync(Attempt attempt)
    {
        HttpResponseMessage? response = null;
        string url = _link.Urls.Pick();
        try
        {
            response = await DialAsync(url, attempt.Token);
            if (await RefusalAsync(response, attempt.Token) is { } refusal)
            {
                _link.Urls.Unreachable(url);
                _link.Activity.Deactivate("dial", _kind.Name(), refusal);
                _evidence.OnAnswer();
                return;
            }
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException || IsTimeout(failure))
        {
            _link.Urls.Unreachable(url);
            _link.Activity.Deactivate("dial", _kind.Name(), failure is OperationCanceledException ? "i/o timeout" : failure.Message);
            // Not while the other stream is open: what the member sent there last would be taken for a sign of life. That stream finds its own evidence when it ends.
            if (_evidence.OnFailure(failure, _link.Urls.Count) && !_link.MayReceive)
                _context.Local.ReportGone(_link.MemberId);
            return;
        }
        finally
        {
            if (response is { StatusCode: not HttpStatusCode.OK })
                response.Dispose();
        }

        using (response)
        {
            _link.Activity.Activate();
            _evidence.OnConnected();
            Line(LogLevel.Info, "established TCP streaming connection with remote peer", null);
            _link.IncomingOpened();
            string? problem;
            try
            {
                problem = await ReceiveAsync(response, attempt);
            }
            finally
            {
                _link.IncomingEnded();
            }

            Line(LogLevel.Warn, "lost TCP streaming connection with remote peer", problem ?? "EOF");
            if (problem is not null)
                _link.Activity.Deactivate("read", _kind.Name(), problem);
        }
    }

    private bool IsTimeout(Exception failure) => failure is OperationCanceledException && !_stopping.IsCancellationRequested;

    private async Task<HttpResponseMessage> DialAsync(string url, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, $"{url}{_kind.Path()}/{_context.LocalHexId}");
        PeerHeaders.Introduce(request.Headers, _context.Local);
        request.Headers.TryAddWithoutValidation(PeerHeaders.To, _link.HexId);
        return await _context.Streams.SendAsync(request, cancellation);
    }

    /// <summary>Null if the stream is open; otherwise why not.</summary>
    private async Task<string?> RefusalAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (!PeerVersion.TryParse(PeerHeaders.Find(response, PeerHeaders.ServerVersion), out Version version) || !PeerVersion.HasStreams(version))
            return "unsupported stream type";
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK:
                return null;
            case HttpStatusCode.Gone:
                _context.Local.ReportRemoved();
                return "the member has been permanently removed from the cluster";
            case HttpStatusCode.NotFound:
                return $"peer {_link.HexId} failed to find local node {_context.LocalHexId}";
            case HttpStatusCode.PreconditionFailed:
                return await PeerAnswer.ProblemAsync(response, _context, _link.HexId, "", cancellation);
            default:
                return $"unhandled http status {(int)response.StatusCode}";
        }
    }

    /// <summary>Receives until the connection ends.</summary>
    /// <returns>Null if the other end closed it; otherwise what went wrong.</returns>
    private async Task<string?> ReceiveAsync(HttpResponseMessage response, Attempt attempt)
    {
        try
        {
            FrameSource source = new(await response.Content.ReadAsStreamAsync(attempt.Token));
            attempt.Connected(source);
            FrameReader frames = _kind.Reader(source, _context.Local.MemberId, _link.MemberId);
            long counted = 0;
            while (await source.HasMoreAsync(attempt.Token))
            {
                if (await frames.ReadAsync(attempt.Token) is { } message)
                    Deliver(message);
                _receivedBytes.Add(source.Taken - counted);
                counted = source.Taken;
            }
            return null;
        }
        catch (Exception failure) when (failure is FrameException or RaftWireException)
        {
            return failure.Message;
        }
        catch (IOException)
        {
            // The connection was closed, if not politely.
            return null;
        }
        catch (OperationCanceledException) when (!_stopping.IsCancellationRequested)
        {
            return "i/o timeout";
        }
    }

    private void Deliver(Message message)
    {
        if (_context.Local.Receive(message) is not { } refusal)
            return;
        _receivedFailures.Increment();
        long now = _context.Clock.GetTimestamp();
        if (now < _dropLineAt)
            return;
        _dropLineAt = now + _context.Ticks(DropLineInterval);
        _context.Log.Warn(
            "dropped internal Raft message",
            new("message-type", message.Type.ToString()),
            new("local-member-id", _context.LocalHexId),
            new("from", HexId.Text(message.From)),
            new("error", refusal));
    }

    private void Line(LogLevel level, string text, string? error)
    {
        LogField type = new("stream-reader-type", _kind.Name());
        LogField local = new("local-member-id", _context.LocalHexId);
        LogField remote = new("remote-peer-id", _link.HexId);
        if (error is null)
            _context.Log.Write(level, null, text, [type, local, remote]);
        else
            _context.Log.Write(level, null, text, [type, local, remote, new("error", error)]);
    }

    /// <summary>One connection from its dialling to its end, which comes at the latest when nothing has arrived for too long.</summary>
    private sealed class Attempt : IDisposable
    {
        private readonly CancellationTokenSource _end;
        private readonly long _dialTicks;
        private readonly long _readTicks;
        private readonly Lock _lock = new();
        private FrameSource? _source;
        private long _seen;
        private long _deadline;
        private bool _disposed;

        public Attempt(PeerContext context, CancellationToken stopping)
        {
            _end = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            _readTicks = context.Ticks(context.Options.ReadTimeout);
            _dialTicks = context.Ticks(context.Options.DialTimeout);
            _deadline = context.Clock.GetTimestamp() + _dialTicks + _readTicks;
        }

        public CancellationToken Token => _end.Token;

        public void Connected(FrameSource source) => Volatile.Write(ref _source, source);

        public void Watch(long now)
        {
            if (Volatile.Read(ref _source) is { } source && source.Received != _seen)
            {
                _seen = source.Received;
                _deadline = now + _readTicks;
            }
            else if (now >= _deadline)
            {
                lock (_lock)
                {
                    if (!_disposed)
                        _end.Cancel();
                }
            }
        }

        public void Dispose()
        {
            lock (_lock)
                _disposed = true;
            _end.Dispose();
        }
    }
}

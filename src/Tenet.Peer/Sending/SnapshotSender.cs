using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Tenet.Foundation.Logging;
using Tenet.Foundation.Metrics;
using Tenet.Peer.Framing;
using Tenet.Server.Peers;

namespace Tenet.Peer.Sending;

/// <summary>
/// Sends snapshots to one peer (contract/consensus.md, 4.6): the message, then the database piece by piece, so that its size costs no memory.
/// </summary>
internal sealed class SnapshotSender(PeerContext context, PeerLink link) : IAsyncDisposable
{
    private const string Name = "snapshot";
    private const int PieceBytes = 64 * 1024;

    /// <summary>How long the peer may take nothing of the database.</summary>
    private static readonly TimeSpan StallTimeout = TimeSpan.FromSeconds(30);

    /// <summary>How long the peer may take to make the database durable and to answer.</summary>
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromMinutes(5);

    private readonly Histogram _time = context.Metrics.SnapshotSendTime.With(link.HexId);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly List<Task> _underWay = [];
    private bool _stopped;

    /// <summary>Begins to send, and disposes of the snapshot in the end.</summary>
    public void Send(OutgoingSnapshot snapshot)
    {
        lock (_lock)
        {
            if (!_stopped)
            {
                _underWay.RemoveAll(static task => task.IsCompleted);
                _underWay.Add(Task.Run(() => SendAndReportAsync(snapshot)));
                return;
            }
        }
        snapshot.Dispose();
    }

    /// <summary>Breaks off what is under way. Nothing is reported any more.</summary>
    public async ValueTask DisposeAsync()
    {
        Task[] underWay;
        lock (_lock)
        {
            _stopped = true;
            underWay = [.. _underWay];
        }
        await _stopping.CancelAsync();
        await Task.WhenAll(underWay);
        _stopping.Dispose();
    }

    private async Task SendAndReportAsync(OutgoingSnapshot snapshot)
    {
        Gauge onTheWay = context.Metrics.SnapshotsOnTheWay.With(link.HexId);
        onTheWay.Add(1);
        long startedAt = context.Clock.GetTimestamp();
        ulong index = snapshot.Message.Snapshot.Index;
        Line(LogLevel.Info, "sending database snapshot", index, snapshot.Image.Length, null);
        string url = link.Urls.Pick();
        string? problem;
        using (snapshot)
            problem = await TrySendAsync(snapshot, url);
        onTheWay.Add(-1);
        if (_stopping.IsCancellationRequested)
            return;
        if (problem is null)
        {
            link.Activity.Activate();
            context.Metrics.SnapshotsSent.With(link.HexId).Increment();
            _time.Observe(context.Clock.GetElapsedTime(startedAt).TotalSeconds);
            Line(LogLevel.Info, "sent database snapshot", index, snapshot.Image.Length, null);
            context.Local.ReportSnapshot(link.MemberId, delivered: true);
            return;
        }
        link.Urls.Unreachable(url);
        link.Activity.Deactivate("post", Name, problem);
        context.Metrics.SentFailures.With(link.HexId).Increment();
        context.Metrics.SnapshotsNotSent.With(link.HexId).Increment();
        Line(LogLevel.Warn, "failed to send database snapshot", index, snapshot.Image.Length, problem);
        context.Local.ReportUnreachable(link.MemberId);
        context.Local.ReportSnapshot(link.MemberId, delivered: false);
    }

    private async Task<string?> TrySendAsync(OutgoingSnapshot snapshot, string url)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        patience.CancelAfter(StallTimeout);
        try
        {
            using HttpRequestMessage request = new(HttpMethod.Post, url + "/raft/snapshot") { Content = new Body(snapshot, patience, context.Metrics.SentBytes.With(link.HexId)) };
            PeerHeaders.Introduce(request.Headers, context.Local);
            request.Headers.TransferEncodingChunked = true;
            using HttpResponseMessage response = await context.Requests.SendAsync(request, patience.Token);
            patience.CancelAfter(context.Options.ReadTimeout);
            return await PeerAnswer.ProblemAsync(response, context, link.HexId, url, patience.Token);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            return failure.InnerException?.Message ?? failure.Message;
        }
        catch (OperationCanceledException)
        {
            return "i/o timeout";
        }
    }

    private void Line(LogLevel level, string text, ulong index, long bytes, string? error)
    {
        LogField[] fields = [new("snapshot-index", index), new("remote-peer-id", link.HexId), new("bytes", bytes)];
        context.Log.Write(level, null, text, error is null ? fields : [.. fields, new("error", error)]);
    }

    /// <summary>The body of the request, made while it is sent.</summary>
    private sealed class Body : HttpContent
    {
        private readonly OutgoingSnapshot _snapshot;
        private readonly CancellationTokenSource _patience;
        private readonly Counter _sentBytes;

        public Body(OutgoingSnapshot snapshot, CancellationTokenSource patience, Counter sentBytes)
        {
            _snapshot = snapshot;
            _patience = patience;
            _sentBytes = sentBytes;
            Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? transport) =>
            SerializeToStreamAsync(stream, transport, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? transport, CancellationToken cancellation)
        {
            FrameBuffer message = new();
            MessageFrameWriter.WriteTo(message, _snapshot.Message);
            await stream.WriteAsync(message.Written, cancellation);
            _sentBytes.Add(message.Length);
            byte[] piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
            try
            {
                int read;
                while ((read = _snapshot.Image.Read(piece.AsSpan(0, PieceBytes))) > 0)
                {
                    _patience.CancelAfter(StallTimeout);
                    await stream.WriteAsync(piece.AsMemory(0, read), cancellation);
                    _sentBytes.Add(read);
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(piece);
            }
            _patience.CancelAfter(AnswerTimeout);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}

using System.Buffers;
using Microsoft.AspNetCore.Http;
using Tenet.Foundation.Logging;
using Tenet.Foundation.Metrics;
using Tenet.Peer.Framing;
using Tenet.Peer.Sending;
using Tenet.Protocol.Errors;
using Tenet.Raft;
using Tenet.Raft.Wire;
using Tenet.Server.Peers;

namespace Tenet.Peer.Serving;

/// <summary>A snapshot arrives: its message, then the database, which goes to disk piece by piece (contract/consensus.md, 4.6).</summary>
internal sealed class SnapshotPost(PeerTransport transport, PeerContext peers)
{
    private const int PieceBytes = 64 * 1024;
    private const string UnknownSender = "UNKNOWN_SNAPSHOT_SENDER";

    public async Task AnswerAsync(HttpContext http)
    {
        if (!HttpMethods.IsPost(http.Request.Method))
        {
            Failed(UnknownSender);
            await Replies.WrongMethodAsync(http, "POST");
            return;
        }
        Replies.NameCluster(http, peers);
        if (!await Replies.IsOfThisClusterAsync(http, peers))
        {
            Failed(UnknownSender);
            return;
        }
        Replies.Remember(http, transport);

        await using RequestBody body = new(http, transport.Options);
        FrameSource source = new(body);
        Message message;
        try
        {
            int length = await source.TakeLengthAsync(FrameLimits.SnapshotMessageBytesMax, CancellationToken.None);
            message = RaftCodec.ReadMessage(await source.TakeAsync(length, CancellationToken.None));
        }
        catch (Exception failure) when (failure is IOException or RaftWireException)
        {
            Failed(UnknownSender);
            // Go calls an end before the first byte by another name than an end in the middle.
            string why = failure is EndOfStreamException && source.Received == 0 ? "EOF" : failure.Message;
            await Replies.ErrorAsync(http, StatusCodes.Status400BadRequest, $"failed to decode raft message ({why})");
            return;
        }
        string from = HexId.Text(message.From);
        peers.Metrics.ReceivedBytes.With(from).Add(source.Taken);
        if (message is not InstallSnapshot install)
        {
            Failed(from);
            await Replies.ErrorAsync(http, StatusCodes.Status400BadRequest, "wrong raft message type");
            return;
        }
        await TakeAsync(http, install, source, from);
    }

    private async Task TakeAsync(HttpContext http, InstallSnapshot install, FrameSource source, string from)
    {
        Gauge arriving = peers.Metrics.SnapshotsArriving.With(from);
        arriving.Add(1);
        long startedAt = peers.Clock.GetTimestamp();
        ulong index = install.Snapshot.Index;
        Line(LogLevel.Info, "receiving database snapshot", from, index, new("message-bytes", source.Taken));
        try
        {
            long bytes = await SaveAsync(install, source);
            peers.Metrics.ReceivedBytes.With(from).Add(bytes);
            peers.Metrics.SnapshotsReceived.With(from).Increment();
            peers.Metrics.SnapshotReceiveTime.With(from).Observe(peers.Clock.GetElapsedTime(startedAt).TotalSeconds);
            http.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        catch (IOException failure)
        {
            Failed(from);
            Line(LogLevel.Warn, "failed to save incoming database snapshot", from, index, new("error", failure));
            await Replies.ErrorAsync(http, StatusCodes.Status500InternalServerError, $"failed to save KV snapshot ({failure.Message})");
        }
        catch (RefusalException refusal)
        {
            Failed(from);
            Line(LogLevel.Warn, "failed to process Raft message", from, index, new("error", refusal));
            await Replies.ErrorAsync(http, StatusCodes.Status500InternalServerError, $"failed to process raft message ({refusal.Message})");
        }
        finally
        {
            arriving.Add(-1);
        }
    }

    /// <summary>The database goes to disk as it arrives, and Raft hears of the message when all of it is durable.</summary>
    private async ValueTask<long> SaveAsync(InstallSnapshot install, FrameSource source)
    {
        using IncomingSnapshot incoming = peers.Local.Receive(install);
        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            long bytes = 0;
            int read;
            while ((read = await source.ReadAsync(piece, CancellationToken.None)) > 0)
            {
                incoming.Write(piece.AsSpan(0, read));
                bytes += read;
            }
            incoming.Complete();
            return bytes;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    private void Failed(string from) => peers.Metrics.SnapshotsNotReceived.With(from).Increment();

    private void Line(LogLevel level, string text, string from, ulong index, LogField more) => peers.Log.Write(
        level, null, text, [new("local-member-id", peers.LocalHexId), new("remote-snapshot-sender-id", from), new("incoming-snapshot-index", index), more]);
}

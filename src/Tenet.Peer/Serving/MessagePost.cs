using Microsoft.AspNetCore.Http;
using Tenet.Foundation.Logging;
using Tenet.Peer.Framing;
using Tenet.Peer.Sending;
using Tenet.Raft;
using Tenet.Raft.Wire;

namespace Tenet.Peer.Serving;

/// <summary>One message in one request (contract/consensus.md, 4.5).</summary>
internal sealed class MessagePost(PeerTransport transport, PeerContext peers)
{
    public async Task AnswerAsync(HttpContext http)
    {
        if (!HttpMethods.IsPost(http.Request.Method))
        {
            await Replies.WrongMethodAsync(http, "POST");
            return;
        }
        Replies.NameCluster(http, peers);
        if (!await Replies.IsOfThisClusterAsync(http, peers))
            return;
        Replies.Remember(http, transport);

        if (await ReadAsync(http) is not { } body)
        {
            await RefuseAsync(http, StatusCodes.Status400BadRequest, "error reading raft message");
            return;
        }
        Message message;
        try
        {
            message = RaftCodec.ReadMessage(body);
        }
        catch (RaftWireException)
        {
            await RefuseAsync(http, StatusCodes.Status400BadRequest, "error unmarshalling raft message");
            return;
        }
        string from = HexId.Text(message.From);
        peers.Metrics.ReceivedBytes.With(from).Add(body.Length);
        if (peers.Local.Receive(message) is { } refusal)
        {
            peers.Log.Warn("failed to process Raft message", new("local-member-id", peers.LocalHexId), new("from", from), new("error", refusal));
            // etcd breaks the connection off after this answer, with a body whose end is not announced.
            http.Response.Headers.Connection = "close";
            http.Response.Headers.XContentTypeOptions = "nosniff";
            http.Response.ContentType = "text/plain; charset=utf-8";
            http.Response.StatusCode = StatusCodes.Status500InternalServerError;
            await http.Response.BodyWriter.WriteAsync("error processing raft message\n"u8.ToArray());
            return;
        }
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async ValueTask<byte[]?> ReadAsync(HttpContext http)
    {
        try
        {
            await using RequestBody body = new(http, transport.Options);
            return await body.ReadAllAsync(FrameLimits.PostBytesMax);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private Task RefuseAsync(HttpContext http, int status, string text)
    {
        peers.Metrics.ReceivedFailures.With(http.Connection.RemoteIpAddress?.ToString() ?? "").Increment();
        return Replies.ErrorAsync(http, status, text);
    }
}

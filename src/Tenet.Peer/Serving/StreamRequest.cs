using Microsoft.AspNetCore.Http;
using Tenet.Foundation.Logging;
using Tenet.Peer.Framing;
using Tenet.Peer.Sending;
using Tenet.Server;

namespace Tenet.Peer.Serving;

/// <summary>A peer wants to be sent messages on this connection (contract/consensus.md, 4.4).</summary>
internal sealed class StreamRequest(PeerTransport transport, PeerContext peers)
{
    /// <summary>Decides in etcd's order, since each refusal means something else to the one who asks.</summary>
    public async Task AnswerAsync(HttpContext http, string path)
    {
        if (!HttpMethods.IsGet(http.Request.Method))
        {
            await Replies.WrongMethodAsync(http, "GET");
            return;
        }
        http.Response.Headers[PeerHeaders.ServerVersion] = MemberOptions.ServerVersion;
        Replies.NameCluster(http, peers);
        if (!await Replies.IsOfThisClusterAsync(http, peers))
            return;

        int last = path.LastIndexOf('/');
        if (KindOf(path[..last]) is not { } kind)
        {
            await Replies.ErrorAsync(http, StatusCodes.Status404NotFound, "invalid path");
            return;
        }
        if (!HexId.TryParse(path[(last + 1)..], out ulong from))
        {
            await Replies.ErrorAsync(http, StatusCodes.Status404NotFound, "invalid from");
            return;
        }
        if (peers.Local.Members.WasRemoved(from))
        {
            Refused("rejected stream from remote peer because it was removed", from);
            await Replies.ErrorAsync(http, StatusCodes.Status410Gone, "removed member");
            return;
        }
        if (transport.Find(from) is not { } link)
        {
            // One of the two is behind: what this member has to tell it goes by single messages until both have caught up.
            string? urls = http.Request.Headers[PeerHeaders.PeerUrls];
            if (!string.IsNullOrEmpty(urls))
                transport.AddRemote(from, urls.Split(','));
            Refused("failed to find remote peer in cluster", from);
            await Replies.ErrorAsync(http, StatusCodes.Status404NotFound, "error sender not found");
            return;
        }
        if (http.Request.Headers[PeerHeaders.To] != peers.LocalHexId)
        {
            Refused("ignored streaming request; ID mismatch", from);
            await Replies.ErrorAsync(http, StatusCodes.Status412PreconditionFailed, "to field mismatch");
            return;
        }
        await StreamAsync(http, link, kind);
    }

    private async Task StreamAsync(HttpContext http, PeerLink link, StreamKind kind)
    {
        using OutgoingStream stream = new(peers, link, kind);
        await http.Response.StartAsync();
        await http.Response.BodyWriter.FlushAsync();
        if (!link.Attach(stream))
            return;
        if (!await stream.RunAsync(http.Response.BodyWriter, http.RequestAborted))
            http.Abort();
    }

    private static StreamKind? KindOf(string directory)
    {
        if (directory == StreamKind.Append.Path())
            return StreamKind.Append;
        return directory == StreamKind.Message.Path() ? StreamKind.Message : null;
    }

    private void Refused(string why, ulong from) =>
        peers.Log.Warn(why, new("local-member-id", peers.LocalHexId), new("remote-peer-id-from", HexId.Text(from)));
}

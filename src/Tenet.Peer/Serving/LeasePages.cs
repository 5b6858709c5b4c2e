using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Tenet.Peer.Sending;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Leasepb;

namespace Tenet.Peer.Serving;

/// <summary>What followers ask their leader about leases on behalf of clients (contract/consensus.md, 4.9).</summary>
internal static class LeasePages
{
    private const int BodyBytesMax = 64 * 1024;

    public static async Task RenewAsync(HttpContext http, PeerContext peers)
    {
        if (await ReadAsync(http, peers, LeaseKeepAliveRequest.Parser) is not { } request)
            return;
        try
        {
            long ttl = await peers.Local.RenewLeaseAsync(request.ID, http.RequestAborted);
            if (ttl <= 0)
                throw EtcdErrors.LeaseNotFound.ToException();
            await AnswerAsync(http, new LeaseKeepAliveResponse { ID = request.ID, TTL = ttl });
        }
        catch (RefusalException refusal)
        {
            await RefuseAsync(http, refusal, StatusCodes.Status400BadRequest);
        }
    }

    public static async Task TimeToLiveAsync(HttpContext http, PeerContext peers)
    {
        if (await ReadAsync(http, peers, LeaseInternalRequest.Parser) is not { } request)
            return;
        if (request.LeaseTimeToLiveRequest is null)
        {
            // etcd has no answer to a question without a lease but to break the connection off.
            http.Abort();
            return;
        }
        try
        {
            LeaseTimeToLiveResponse lease = await peers.Local.GetLeaseAsync(request.LeaseTimeToLiveRequest, http.RequestAborted)
                ?? throw EtcdErrors.LeaseNotFound.ToException();
            lease.Header = new ResponseHeader();
            await AnswerAsync(http, new LeaseInternalResponse { LeaseTimeToLiveResponse = lease });
        }
        catch (RefusalException refusal)
        {
            await RefuseAsync(http, refusal, StatusCodes.Status500InternalServerError);
        }
    }

    /// <summary>The request, or null if the caller has been told what is wrong with it.</summary>
    private static async ValueTask<T?> ReadAsync<T>(HttpContext http, PeerContext peers, MessageParser<T> parser)
        where T : class, IMessage<T>
    {
        if (!HttpMethods.IsPost(http.Request.Method))
        {
            await Replies.WrongMethodAsync(http, null);
            return null;
        }
        await using RequestBody body = new(http, peers.Options);
        if (await body.ReadAllAsync(BodyBytesMax) is not { } bytes)
        {
            await Replies.ErrorAsync(http, StatusCodes.Status413PayloadTooLarge, "request body too large");
            return null;
        }
        try
        {
            return parser.ParseChecked(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            await Replies.ErrorAsync(http, StatusCodes.Status400BadRequest, "error unmarshalling request");
            return null;
        }
    }

    private static Task AnswerAsync(HttpContext http, IMessage message) =>
        Replies.BodyAsync(http, StatusCodes.Status200OK, "application/protobuf", message.ToByteArray());

    private static Task RefuseAsync(HttpContext http, RefusalException refusal, int otherStatus)
    {
        if (refusal.Error == EtcdErrors.LeaseNotFound)
            return Replies.ErrorAsync(http, StatusCodes.Status404NotFound, "lease not found");
        if (refusal.Error == EtcdErrors.Timeout || refusal.Error == EtcdErrors.TimeoutWaitAppliedIndex)
            return Replies.ErrorAsync(http, StatusCodes.Status408RequestTimeout, "waiting for node to catch up its applied index has timed out");
        return Replies.ErrorAsync(http, otherStatus, refusal.Error == EtcdErrors.NotLeader ? "not a primary lessor" : refusal.Message);
    }
}

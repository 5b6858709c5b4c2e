using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Tenet.Foundation.Logging;
using Tenet.Peer.Sending;
using Tenet.Protocol.Errors;
using Tenet.Server;
using Tenet.State.Members;

namespace Tenet.Peer.Serving;

/// <summary>Who is in the cluster and which versions are spoken (contract/consensus.md, 4.8).</summary>
internal static class MembershipPages
{
    private const string Json = "application/json";

    public static Task MembersAsync(HttpContext http, PeerContext peers)
    {
        if (!HttpMethods.IsGet(http.Request.Method))
            return Replies.WrongMethodAsync(http, "GET");
        Replies.NameCluster(http, peers);
        return MemberListAsync(http, peers.Local.Members.Members);
    }

    public static Task VersionAsync(HttpContext http, PeerContext peers)
    {
        if (!HttpMethods.IsGet(http.Request.Method))
            return Replies.WrongMethodAsync(http, "GET");
        string cluster = peers.Local.Members.ClusterVersion?.ToString(3) ?? "not_decided";
        string storage = peers.Local.StorageVersion ?? "unknown";
        string body = $"{{\"etcdserver\":\"{MemberOptions.ServerVersion}\",\"etcdcluster\":\"{cluster}\",\"storage\":\"{storage}\"}}";
        return Replies.BodyAsync(http, StatusCodes.Status200OK, Json, Encoding.UTF8.GetBytes(body));
    }

    public static async Task DowngradeAsync(HttpContext http, PeerContext peers)
    {
        if (!HttpMethods.IsGet(http.Request.Method))
        {
            await Replies.WrongMethodAsync(http, "GET");
            return;
        }
        Replies.NameCluster(http, peers);
        try
        {
            bool enabled = await peers.Local.IsDowngradeEnabledAsync(http.RequestAborted);
            await Replies.BodyAsync(http, StatusCodes.Status200OK, "text/plain", enabled ? "true"u8.ToArray() : "false"u8.ToArray());
        }
        catch (RefusalException refusal)
        {
            await Replies.ErrorAsync(http, StatusCodes.Status500InternalServerError, $"failed linearized read: {refusal.Message}");
        }
    }

    public static async Task PromoteAsync(HttpContext http, PeerContext peers, string idText)
    {
        if (!HttpMethods.IsPost(http.Request.Method))
        {
            await Replies.WrongMethodAsync(http, "POST");
            return;
        }
        Replies.NameCluster(http, peers);
        if (!ulong.TryParse(idText, NumberStyles.None, CultureInfo.InvariantCulture, out ulong id))
        {
            await Replies.ErrorAsync(http, StatusCodes.Status404NotFound, $"member {idText} not found in cluster");
            return;
        }
        try
        {
            string? token = http.Request.Headers.Authorization;
            await MemberListAsync(http, await peers.Local.PromoteAsync(id, string.IsNullOrEmpty(token) ? null : token, http.RequestAborted));
        }
        catch (RefusalException refusal)
        {
            peers.Log.Warn("failed to promote a member", new("member-id", HexId.Text(id)), new("error", refusal));
            await RefuseAsync(http, refusal.Error);
        }
    }

    private static Task RefuseAsync(HttpContext http, EtcdError error)
    {
        if (error == EtcdErrors.MemberNotFound)
            return Replies.ErrorAsync(http, StatusCodes.Status404NotFound, "membership: ID not found");
        if (error == EtcdErrors.MemberNotLearner)
            return Replies.ErrorAsync(http, StatusCodes.Status412PreconditionFailed, "membership: can only promote a learner member");
        if (error == EtcdErrors.LearnerNotReady)
            return Replies.ErrorAsync(http, StatusCodes.Status412PreconditionFailed, error.Message);
        return Replies.BodyAsync(http, StatusCodes.Status500InternalServerError, Json, "{\"message\":\"Internal Server Error\"}"u8.ToArray());
    }

    private static Task MemberListAsync(HttpContext http, IReadOnlyList<ClusterMember> members)
    {
        string body = $"[{string.Join(',', members.Select(static member => Encoding.UTF8.GetString(MemberJson.Write(member))))}]\n";
        return Replies.BodyAsync(http, StatusCodes.Status200OK, Json, Encoding.UTF8.GetBytes(body));
    }
}

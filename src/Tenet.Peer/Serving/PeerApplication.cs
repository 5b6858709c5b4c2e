using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Tenet.Foundation.Logging;

namespace Tenet.Peer.Serving;

/// <summary>From a path to its answer (contract/consensus.md, 4.3).</summary>
internal sealed class PeerApplication(PeerTransport transport) : IHttpApplication<HttpContext>
{
    private const string StreamPrefix = "/raft/stream/";
    private const string PromotePrefix = "/members/promote/";

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public async Task ProcessRequestAsync(HttpContext context)
    {
        try
        {
            await AnswerAsync(context, context.Request.Path.Value ?? "");
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException)
        {
            // The caller has gone away, or sends no more.
            context.Abort();
        }
        catch (Exception failure)
        {
            transport.Options.Log.Error("a peer's request failed", new("path", context.Request.Path.Value), new("error", failure));
            context.Abort();
        }
    }

    public void DisposeContext(HttpContext context, Exception? exception)
    {
        // Kestrel owns the features.
    }

    private Task AnswerAsync(HttpContext http, string path)
    {
        if (path == "/raft/probing")
            return Probing.AnswerAsync(http, transport.Options.Clock);
        if (transport.Context is not { } peers)
        {
            http.Abort();
            return Task.CompletedTask;
        }
        return path switch
        {
            "/raft" => new MessagePost(transport, peers).AnswerAsync(http),
            "/raft/snapshot" => new SnapshotPost(transport, peers).AnswerAsync(http),
            "/members" => MembershipPages.MembersAsync(http, peers),
            "/members/hashkv" => HashPage.AnswerAsync(http, peers),
            "/leases" => LeasePages.RenewAsync(http, peers),
            "/leases/internal" => LeasePages.TimeToLiveAsync(http, peers),
            "/downgrade/enabled" => MembershipPages.DowngradeAsync(http, peers),
            "/version" => MembershipPages.VersionAsync(http, peers),
            _ when path.StartsWith(StreamPrefix, StringComparison.Ordinal) => new StreamRequest(transport, peers).AnswerAsync(http, path),
            _ when path.StartsWith(PromotePrefix, StringComparison.Ordinal) => MembershipPages.PromoteAsync(http, peers, path[PromotePrefix.Length..]),
            _ => Replies.NotFoundAsync(http),
        };
    }
}

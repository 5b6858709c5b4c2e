using Tenet.Protocol.Calls;
using Tenet.Protocol.Etcdserverpb;
using ClusterMember = Tenet.State.Members.ClusterMember;
using ListedMember = Tenet.Protocol.Etcdserverpb.Member;

namespace Tenet.Server.Services;

/// <summary>etcdserverpb.Cluster (contract/api.md, 2.5).</summary>
public sealed class ClusterService
{
    private readonly MemberCore _core;

    internal ClusterService(MemberCore core) => _core = core;

    /// <summary>The members by ascending id; agreed upon with the cluster if the caller asks for that.</summary>
    public async ValueTask<MemberListResponse> MemberList(MemberListRequest request, CallContext context)
    {
        if (request.Linearizable)
            await _core.Reads.WaitAsync(context.Cancellation);
        var response = new MemberListResponse { Header = _core.Headers.WithoutRevision() };
        foreach (ClusterMember member in _core.Members.Current.Members)
        {
            response.Members.Add(new ListedMember
            {
                ID = member.Id,
                Name = member.Name,
                PeerURLs = { member.PeerUrls },
                ClientURLs = { member.ClientUrls },
                IsLearner = member.IsLearner,
            });
        }

        return response;
    }
}

using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Client.Calls.Methods;

/// <summary>The methods of <c>etcdserverpb.Cluster</c>.</summary>
public static class ClusterMethods
{
    /// <summary><c>/etcdserverpb.Cluster/MemberAdd</c></summary>
    public static ClientMethod<MemberAddRequest, MemberAddResponse> MemberAdd { get; } = ClientMethod.Of<MemberAddRequest, MemberAddResponse>("/etcdserverpb.Cluster/MemberAdd");

    /// <summary><c>/etcdserverpb.Cluster/MemberRemove</c></summary>
    public static ClientMethod<MemberRemoveRequest, MemberRemoveResponse> MemberRemove { get; } = ClientMethod.Of<MemberRemoveRequest, MemberRemoveResponse>("/etcdserverpb.Cluster/MemberRemove");

    /// <summary><c>/etcdserverpb.Cluster/MemberUpdate</c></summary>
    public static ClientMethod<MemberUpdateRequest, MemberUpdateResponse> MemberUpdate { get; } = ClientMethod.Of<MemberUpdateRequest, MemberUpdateResponse>("/etcdserverpb.Cluster/MemberUpdate");

    /// <summary><c>/etcdserverpb.Cluster/MemberList</c></summary>
    public static ClientMethod<MemberListRequest, MemberListResponse> MemberList { get; } = ClientMethod.Of<MemberListRequest, MemberListResponse>("/etcdserverpb.Cluster/MemberList");

    /// <summary><c>/etcdserverpb.Cluster/MemberPromote</c></summary>
    public static ClientMethod<MemberPromoteRequest, MemberPromoteResponse> MemberPromote { get; } = ClientMethod.Of<MemberPromoteRequest, MemberPromoteResponse>("/etcdserverpb.Cluster/MemberPromote");
}

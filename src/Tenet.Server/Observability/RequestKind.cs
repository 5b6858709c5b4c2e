using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Server.Observability;

/// <summary>What a replicated request is called in the label <c>op</c> of etcd's metrics.</summary>
internal static class RequestKind
{
    public static string Of(InternalRaftRequest request)
    {
        if (request.Put is not null)
            return "Put";
        if (request.Txn is not null)
            return "Txn";
        if (request.DeleteRange is not null)
            return "DeleteRange";
        if (request.Range is not null)
            return "Range";
        if (request.Compaction is not null)
            return "Compaction";
        if (request.LeaseGrant is not null)
            return "LeaseGrant";
        if (request.LeaseRevoke is not null)
            return "LeaseRevoke";
        if (request.LeaseCheckpoint is not null)
            return "LeaseCheckpoint";
        if (request.Alarm is not null)
            return "Alarm";
        if (request.ClusterVersionSet is not null)
            return "ClusterVersionSet";
        if (request.ClusterMemberAttrSet is not null)
            return "ClusterMemberAttrSet";
        if (request.DowngradeInfoSet is not null)
            return "DowngradeInfoSet";
        return request.DowngradeVersionTest is not null ? "DowngradeVersionTest" : "unknown";
    }
}

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
        return request.DowngradeVersionTest is not null ? "DowngradeVersionTest" : OfAuth(request);
    }

    private static string OfAuth(InternalRaftRequest request)
    {
        if (request.Authenticate is not null)
            return "Authenticate";
        if (request.AuthEnable is not null)
            return "AuthEnable";
        if (request.AuthDisable is not null)
            return "AuthDisable";
        if (request.AuthUserAdd is not null)
            return "AuthUserAdd";
        if (request.AuthUserDelete is not null)
            return "AuthUserDelete";
        if (request.AuthUserChangePassword is not null)
            return "AuthUserChangePassword";
        if (request.AuthUserGrantRole is not null)
            return "AuthUserGrantRole";
        if (request.AuthUserGet is not null)
            return "AuthUserGet";
        if (request.AuthUserRevokeRole is not null)
            return "AuthUserRevokeRole";
        if (request.AuthUserList is not null)
            return "AuthUserList";
        if (request.AuthRoleAdd is not null)
            return "AuthRoleAdd";
        if (request.AuthRoleGrantPermission is not null)
            return "AuthRoleGrantPermission";
        if (request.AuthRoleGet is not null)
            return "AuthRoleGet";
        if (request.AuthRoleRevokePermission is not null)
            return "AuthRoleRevokePermission";
        if (request.AuthRoleDelete is not null)
            return "AuthRoleDelete";

        // The status of authentication has no name of its own, in etcd neither.
        return request.AuthRoleList is not null ? "AuthRoleList" : "unknown";
    }
}

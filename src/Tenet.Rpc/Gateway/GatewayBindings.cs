using Google.Protobuf.Reflection;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.V3electionpb;
using Tenet.Protocol.V3lockpb;

namespace Tenet.Rpc.Gateway;

/// <summary>
/// The paths that etcd's gateway binds (contract/api.md, 1.2 and 4.1), all of them for POST with the request message as body. The .proto files hold
/// no annotations, so this table is the one place.
/// </summary>
internal static class GatewayBindings
{
    public static IReadOnlyList<GatewayBinding> All { get; } =
    [
        .. Service("etcdserverpb.KV", ("range", "Range"), ("put", "Put"), ("deleterange", "DeleteRange"), ("txn", "Txn"), ("compaction", "Compact"))
            .Under("kv"),
        new("/v3/watch", "/etcdserverpb.Watch/Watch"),
        .. Service(
            "etcdserverpb.Lease",
            ("lease/grant", "LeaseGrant"),
            ("lease/keepalive", "LeaseKeepAlive"),
            ("lease/revoke", "LeaseRevoke"),
            ("lease/timetolive", "LeaseTimeToLive"),
            ("lease/leases", "LeaseLeases"),
            ("kv/lease/revoke", "LeaseRevoke"),
            ("kv/lease/timetolive", "LeaseTimeToLive"),
            ("kv/lease/leases", "LeaseLeases")),
        .. Service(
            "etcdserverpb.Cluster",
            ("add", "MemberAdd"),
            ("remove", "MemberRemove"),
            ("update", "MemberUpdate"),
            ("list", "MemberList"),
            ("promote", "MemberPromote")).Under("cluster/member"),
        .. Service(
            "etcdserverpb.Maintenance",
            ("alarm", "Alarm"),
            ("status", "Status"),
            ("defragment", "Defragment"),
            ("hash", "Hash"),
            ("hashkv", "HashKV"),
            ("snapshot", "Snapshot"),
            ("transfer-leadership", "MoveLeader"),
            ("downgrade", "Downgrade")).Under("maintenance"),
        .. Service(
            "etcdserverpb.Auth",
            ("enable", "AuthEnable"),
            ("disable", "AuthDisable"),
            ("status", "AuthStatus"),
            ("authenticate", "Authenticate"),
            ("user/add", "UserAdd"),
            ("user/get", "UserGet"),
            ("user/list", "UserList"),
            ("user/delete", "UserDelete"),
            ("user/changepw", "UserChangePassword"),
            ("user/grant", "UserGrantRole"),
            ("user/revoke", "UserRevokeRole"),
            ("role/add", "RoleAdd"),
            ("role/get", "RoleGet"),
            ("role/list", "RoleList"),
            ("role/delete", "RoleDelete"),
            ("role/grant", "RoleGrantPermission"),
            ("role/revoke", "RoleRevokePermission")).Under("auth"),
        .. Service("v3lockpb.Lock", ("lock", "Lock"), ("unlock", "Unlock")).Under("lock"),
        .. Service(
            "v3electionpb.Election",
            ("campaign", "Campaign"),
            ("proclaim", "Proclaim"),
            ("leader", "Leader"),
            ("observe", "Observe"),
            ("resign", "Resign")).Under("election"),
    ];

    /// <summary>The descriptors of all methods that have a path.</summary>
    public static IReadOnlyDictionary<string, MethodDescriptor> Methods { get; } = new[]
        {
            RpcReflection.Descriptor,
            V3LockReflection.Descriptor,
            V3ElectionReflection.Descriptor,
        }
        .SelectMany(file => file.Services)
        .SelectMany(service => service.Methods)
        .ToDictionary(method => $"/{method.Service.FullName}/{method.Name}", StringComparer.Ordinal);

    private static GatewayBinding[] Service(string name, params (string Path, string Method)[] rows) =>
        [.. rows.Select(row => new GatewayBinding("/v3/" + row.Path, $"/{name}/{row.Method}"))];

    private static IEnumerable<GatewayBinding> Under(this GatewayBinding[] rows, string folder) =>
        rows.Select(row => row with { Path = $"/v3/{folder}/{row.Path["/v3/".Length..]}" });
}

using Google.Protobuf;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.V3electionpb;
using Tenet.Protocol.V3lockpb;
using Tenet.State.Mvcc;
using Tenet.State.Watch;

namespace Tenet.Server.Services;

/// <summary>The method table: every call that a member answers, behind the checks that all calls share.</summary>
public static class ServiceMethods
{
    /// <summary>The rows for one member, for the transport.</summary>
    public static IReadOnlyList<Method> Of(Member member)
    {
        Door door = member.Door;
        return
        [
            new UnaryMethod<RangeRequest, RangeResult>(
                "/etcdserverpb.KV/Range", ProtobufCodec<RangeRequest>.Instance, RangeResultCodec.Instance, door.Unary<RangeRequest, RangeResult>(member.Kv.Range)),
            new ServerStreamMethod<RangeRequest, RangeResult>(
                "/etcdserverpb.KV/RangeStream",
                ProtobufCodec<RangeRequest>.Instance,
                RangeChunkCodec.Instance,
                (request, responses, context) => door.Stream(context, false, call => member.Kv.RangeStream(request, responses, call))),
            Unary<PutRequest, PutResponse>(door, "KV/Put", member.Kv.Put),
            Unary<DeleteRangeRequest, DeleteRangeResponse>(door, "KV/DeleteRange", member.Kv.DeleteRange),
            Unary<TxnRequest, TxnResponse>(door, "KV/Txn", member.Kv.Txn),
            Unary<CompactionRequest, CompactionResponse>(door, "KV/Compact", member.Kv.Compact),
            new DuplexMethod<WatchRequest, WatchReply>(
                "/etcdserverpb.Watch/Watch",
                ProtobufCodec<WatchRequest>.Instance,
                WatchReplyCodec.Instance,
                (requests, responses, context) => door.Stream(context, false, call => member.Watch.Watch(requests, responses, call))),
            Unary<LeaseGrantRequest, LeaseGrantResponse>(door, "Lease/LeaseGrant", member.Lease.LeaseGrant),
            Unary<LeaseRevokeRequest, LeaseRevokeResponse>(door, "Lease/LeaseRevoke", member.Lease.LeaseRevoke),
            new DuplexMethod<LeaseKeepAliveRequest, LeaseKeepAliveResponse>(
                "/etcdserverpb.Lease/LeaseKeepAlive",
                ProtobufCodec<LeaseKeepAliveRequest>.Instance,
                ProtobufCodec<LeaseKeepAliveResponse>.Instance,
                (requests, responses, context) => door.Stream(context, false, call => member.Lease.LeaseKeepAlive(requests, responses, call))),
            Unary<LeaseTimeToLiveRequest, LeaseTimeToLiveResponse>(door, "Lease/LeaseTimeToLive", member.Lease.LeaseTimeToLive),
            Unary<LeaseLeasesRequest, LeaseLeasesResponse>(door, "Lease/LeaseLeases", member.Lease.LeaseLeases),
            Unary<MemberAddRequest, MemberAddResponse>(door, "Cluster/MemberAdd", member.Cluster.MemberAdd),
            Unary<MemberRemoveRequest, MemberRemoveResponse>(door, "Cluster/MemberRemove", member.Cluster.MemberRemove),
            Unary<MemberUpdateRequest, MemberUpdateResponse>(door, "Cluster/MemberUpdate", member.Cluster.MemberUpdate),
            Unary<MemberPromoteRequest, MemberPromoteResponse>(door, "Cluster/MemberPromote", member.Cluster.MemberPromote),
            Unary<MemberListRequest, MemberListResponse>(door, "Cluster/MemberList", member.Cluster.MemberList),
            Unary<AlarmRequest, AlarmResponse>(door, "Maintenance/Alarm", member.Maintenance.Alarm),
            Unary<StatusRequest, StatusResponse>(door, "Maintenance/Status", member.Maintenance.Status),
            Unary<MoveLeaderRequest, MoveLeaderResponse>(door, "Maintenance/MoveLeader", member.Maintenance.MoveLeader),
            Unary<DowngradeRequest, DowngradeResponse>(door, "Maintenance/Downgrade", member.Maintenance.Downgrade),
            Unary<DefragmentRequest, DefragmentResponse>(door, "Maintenance/Defragment", member.Maintenance.Defragment),
            Unary<HashRequest, HashResponse>(door, "Maintenance/Hash", member.Maintenance.Hash),
            Unary<HashKVRequest, HashKVResponse>(door, "Maintenance/HashKV", member.Maintenance.HashKv),
            .. AuthMethods(door, member.Auth),
            new ServerStreamMethod<SnapshotRequest, SnapshotResponse>(
                "/etcdserverpb.Maintenance/Snapshot",
                ProtobufCodec<SnapshotRequest>.Instance,
                ProtobufCodec<SnapshotResponse>.Instance,
                (request, responses, context) => door.Stream(context, true, call => member.Maintenance.Snapshot(request, responses, call))),

            // Who waits for its turn waits as long as it takes, so a stopping member does not wait for it.
            UnaryAt<LockRequest, LockResponse>(door, "v3lockpb.Lock/Lock", member.Lock.Lock) with { Endless = true },
            UnaryAt<UnlockRequest, UnlockResponse>(door, "v3lockpb.Lock/Unlock", member.Lock.Unlock),
            UnaryAt<CampaignRequest, CampaignResponse>(door, "v3electionpb.Election/Campaign", member.Election.Campaign) with { Endless = true },
            UnaryAt<ProclaimRequest, ProclaimResponse>(door, "v3electionpb.Election/Proclaim", member.Election.Proclaim),
            UnaryAt<LeaderRequest, LeaderResponse>(door, "v3electionpb.Election/Leader", member.Election.Leader),
            UnaryAt<ResignRequest, ResignResponse>(door, "v3electionpb.Election/Resign", member.Election.Resign),
            new ServerStreamMethod<LeaderRequest, LeaderResponse>(
                "/v3electionpb.Election/Observe",
                ProtobufCodec<LeaderRequest>.Instance,
                ProtobufCodec<LeaderResponse>.Instance,
                (request, responses, context) => door.Stream(context, false, call => member.Election.Observe(request, responses, call))) { Endless = true },
        ];
    }

    private static Method[] AuthMethods(Door door, AuthService auth) =>
    [
        Unary<AuthEnableRequest, AuthEnableResponse>(door, "Auth/AuthEnable", auth.AuthEnable),
        Unary<AuthDisableRequest, AuthDisableResponse>(door, "Auth/AuthDisable", auth.AuthDisable),
        Unary<AuthStatusRequest, AuthStatusResponse>(door, "Auth/AuthStatus", auth.AuthStatus),
        Unary<AuthenticateRequest, AuthenticateResponse>(door, "Auth/Authenticate", auth.Authenticate),
        Unary<AuthUserAddRequest, AuthUserAddResponse>(door, "Auth/UserAdd", auth.UserAdd),
        Unary<AuthUserGetRequest, AuthUserGetResponse>(door, "Auth/UserGet", auth.UserGet),
        Unary<AuthUserListRequest, AuthUserListResponse>(door, "Auth/UserList", auth.UserList),
        Unary<AuthUserDeleteRequest, AuthUserDeleteResponse>(door, "Auth/UserDelete", auth.UserDelete),
        Unary<AuthUserChangePasswordRequest, AuthUserChangePasswordResponse>(door, "Auth/UserChangePassword", auth.UserChangePassword),
        Unary<AuthUserGrantRoleRequest, AuthUserGrantRoleResponse>(door, "Auth/UserGrantRole", auth.UserGrantRole),
        Unary<AuthUserRevokeRoleRequest, AuthUserRevokeRoleResponse>(door, "Auth/UserRevokeRole", auth.UserRevokeRole),
        Unary<AuthRoleAddRequest, AuthRoleAddResponse>(door, "Auth/RoleAdd", auth.RoleAdd),
        Unary<AuthRoleGetRequest, AuthRoleGetResponse>(door, "Auth/RoleGet", auth.RoleGet),
        Unary<AuthRoleListRequest, AuthRoleListResponse>(door, "Auth/RoleList", auth.RoleList),
        Unary<AuthRoleDeleteRequest, AuthRoleDeleteResponse>(door, "Auth/RoleDelete", auth.RoleDelete),
        Unary<AuthRoleGrantPermissionRequest, AuthRoleGrantPermissionResponse>(door, "Auth/RoleGrantPermission", auth.RoleGrantPermission),
        Unary<AuthRoleRevokePermissionRequest, AuthRoleRevokePermissionResponse>(door, "Auth/RoleRevokePermission", auth.RoleRevokePermission),
    ];

    private static UnaryMethod<TRequest, TResponse> Unary<TRequest, TResponse>(
        Door door, string name, Func<TRequest, CallContext, ValueTask<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new() =>
        UnaryAt(door, "etcdserverpb." + name, handler);

    private static UnaryMethod<TRequest, TResponse> UnaryAt<TRequest, TResponse>(
        Door door, string path, Func<TRequest, CallContext, ValueTask<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new() =>
        new("/" + path, ProtobufCodec<TRequest>.Instance, ProtobufCodec<TResponse>.Instance, door.Unary(handler));
}

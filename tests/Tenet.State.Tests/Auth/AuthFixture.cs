using Google.Protobuf;
using Tenet.Protocol.Authpb;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Apply;
using Tenet.State.Auth;
using Tenet.State.Tests.Apply;
using Kind = Tenet.Protocol.Authpb.Permission.Types.Type;

namespace Tenet.State.Tests.Auth;

/// <summary>Short words for entries of the Auth service, in somebody's name.</summary>
internal static class AuthFixture
{
    /// <summary>Users root and <paramref name="user"/>, the latter with role <c>r</c>, which may what <paramref name="permissions"/> says.</summary>
    public static void EnableWith(this StateFixture state, string user, params (Kind Kind, string Key, string End)[] permissions)
    {
        Assert.Null(state.AddUser("root"));
        Assert.Null(state.GrantRole("root", "root"));
        Assert.Null(state.AddUser(user));
        Assert.Null(state.AddRole("r"));
        Assert.Null(state.GrantRole(user, "r"));
        foreach ((Kind kind, string key, string end) in permissions)
            Assert.Null(state.GrantPermission("r", kind, key, end));
        Assert.Null(state.Enable());
    }

    public static ApplyOutcome As(this StateFixture state, string? user, InternalRaftRequest request, ulong? revision = null)
    {
        request.Header = new RequestHeader { ID = 1, Username = user ?? "", AuthRevision = user is null ? 0 : revision ?? state.Auth.Current.Revision };
        return state.Apply(request);
    }

    public static EtcdError? Root(this StateFixture state, InternalRaftRequest request) => state.As(AuthView.Root, request).Error;

    public static EtcdError? Enable(this StateFixture state) => state.Root(new InternalRaftRequest { AuthEnable = new AuthEnableRequest() });

    public static EtcdError? Disable(this StateFixture state) => state.Root(new InternalRaftRequest { AuthDisable = new AuthDisableRequest() });

    public static EtcdError? AddUser(this StateFixture state, string name, string hashed = "aGFzaA==", UserAddOptions? options = null) =>
        state.Root(new InternalRaftRequest { AuthUserAdd = new AuthUserAddRequest { Name = name, HashedPassword = hashed, Options = options } });

    public static EtcdError? DeleteUser(this StateFixture state, string name) =>
        state.Root(new InternalRaftRequest { AuthUserDelete = new AuthUserDeleteRequest { Name = name } });

    public static EtcdError? ChangePassword(this StateFixture state, string name, string hashed) =>
        state.Root(new InternalRaftRequest { AuthUserChangePassword = new AuthUserChangePasswordRequest { Name = name, HashedPassword = hashed } });

    public static EtcdError? GrantRole(this StateFixture state, string user, string role) =>
        state.Root(new InternalRaftRequest { AuthUserGrantRole = new AuthUserGrantRoleRequest { User = user, Role = role } });

    public static EtcdError? RevokeRole(this StateFixture state, string user, string role) =>
        state.Root(new InternalRaftRequest { AuthUserRevokeRole = new AuthUserRevokeRoleRequest { Name = user, Role = role } });

    public static EtcdError? AddRole(this StateFixture state, string name) =>
        state.Root(new InternalRaftRequest { AuthRoleAdd = new AuthRoleAddRequest { Name = name } });

    public static EtcdError? DeleteRole(this StateFixture state, string name) =>
        state.Root(new InternalRaftRequest { AuthRoleDelete = new AuthRoleDeleteRequest { Role = name } });

    public static EtcdError? GrantPermission(this StateFixture state, string role, Kind kind, string key, string end = "") =>
        state.Root(new InternalRaftRequest
        {
            AuthRoleGrantPermission = new AuthRoleGrantPermissionRequest { Name = role, Perm = new Permission { PermType = kind, Key = Bytes(key), RangeEnd = Bytes(end) } },
        });

    public static EtcdError? RevokePermission(this StateFixture state, string role, string key, string end = "") =>
        state.Root(new InternalRaftRequest { AuthRoleRevokePermission = new AuthRoleRevokePermissionRequest { Role = role, Key = Bytes(key), RangeEnd = Bytes(end) } });

    public static InternalRaftRequest Put(string key, long lease = 0, bool previous = false) =>
        new() { Put = new PutRequest { Key = Bytes(key), Value = Bytes("v"), Lease = lease, PrevKv = previous } };

    public static InternalRaftRequest Delete(string key, string end = "", bool previous = false) =>
        new() { DeleteRange = new DeleteRangeRequest { Key = Bytes(key), RangeEnd = Bytes(end), PrevKv = previous } };

    public static InternalRaftRequest Range(string key, string end = "") => new() { Range = new RangeRequest { Key = Bytes(key), RangeEnd = Bytes(end) } };

    public static RequestOp Op(InternalRaftRequest request) => request switch
    {
        { Put: { } put } => new RequestOp { RequestPut = put },
        { DeleteRange: { } delete } => new RequestOp { RequestDeleteRange = delete },
        { Range: { } range } => new RequestOp { RequestRange = range },
        _ => new RequestOp { RequestTxn = request.Txn },
    };

    public static InternalRaftRequest Txn(Compare[] compares, InternalRaftRequest[] success, InternalRaftRequest[] failure) => new()
    {
        Txn = new TxnRequest { Compare = { compares }, Success = { success.Select(Op) }, Failure = { failure.Select(Op) } },
    };

    public static ByteString Bytes(string text) => ByteString.CopyFromUtf8(text);
}

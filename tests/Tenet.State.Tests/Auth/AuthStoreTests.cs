using Tenet.Foundation;
using Tenet.Protocol.Authpb;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Apply;
using Tenet.State.Auth;
using Tenet.State.Auth.Passwords;
using Tenet.State.Backends;
using Tenet.State.Tests.Apply;
using Kind = Tenet.Protocol.Authpb.Permission.Types.Type;

namespace Tenet.State.Tests.Auth;

public sealed class AuthStoreTests : IDisposable
{
    private readonly StateFixture _state = new();

    public void Dispose() => _state.Dispose();

    [Fact]
    public void Each_change_raises_the_revision_by_one_and_what_changes_nothing_does_not()
    {
        Assert.Equal(1UL, Revision);
        Assert.Equal("0000000000000001", _state.Stored(Bucket.Auth, "authRevision"u8));
        Assert.Null(_state.Stored(Bucket.Auth, "authEnabled"u8));

        Assert.Null(_state.AddUser("root"));
        Assert.Equal(2UL, Revision);
        Assert.Equal(EtcdErrors.UserNameAlreadyExists, _state.AddUser("root"));
        Assert.Null(_state.GrantRole("root", "root"));
        Assert.Null(_state.GrantRole("root", "root"));
        Assert.Equal(3UL, Revision);
        Assert.Null(_state.Enable());
        Assert.Null(_state.Enable());
        Assert.Equal(3UL, Revision);
        Assert.Equal("01", _state.Stored(Bucket.Auth, "authEnabled"u8));
        Assert.Null(_state.Disable());
        Assert.Null(_state.Disable());
        Assert.Equal(4UL, Revision);
        Assert.Equal("00", _state.Stored(Bucket.Auth, "authEnabled"u8));
        Assert.Equal("0000000000000004", _state.Stored(Bucket.Auth, "authRevision"u8));
    }

    [Fact]
    public void Records_are_those_of_etcd()
    {
        Assert.Null(_state.AddUser("u"));
        Assert.Null(_state.AddRole("r"));
        Assert.Null(_state.GrantRole("u", "r"));
        Assert.Null(_state.GrantPermission("r", Kind.Readwrite, "a", "c"));
        Assert.Null(_state.GrantPermission("r", Kind.Read, "b"));

        // name, password, roles, options; the empty options are written, as etcd does.
        Assert.Equal("0a0175" + "120468617368" + "1a0172" + "2200", _state.Stored(Bucket.AuthUsers, "u"u8));
        Assert.Equal("0a0172" + "1208" + "0802" + "120161" + "1a0163" + "1203" + "120162", _state.Stored(Bucket.AuthRoles, "r"u8));
        Assert.Null(_state.AddUser("n", options: new UserAddOptions { NoPassword = true }));
        Assert.Equal("0a016e" + "22020801", _state.Stored(Bucket.AuthUsers, "n"u8));
    }

    [Fact]
    public void Everything_is_there_after_a_restart()
    {
        _state.EnableWith("u", (Kind.Read, "a", "b"));
        using StateFixture again = _state.Reopen();
        Assert.True(again.Auth.Current.Enabled);
        Assert.Equal(_state.Auth.Current.Revision, again.Auth.Current.Revision);
        Assert.Equal(["root", "u"], again.Auth.Current.UserNames);
        Assert.Null(again.As("u", AuthFixture.Range("a")).Error);
        Assert.Equal(EtcdErrors.PermissionDenied, again.As("u", AuthFixture.Put("a")).Error);
    }

    [Fact]
    public void Switching_on_needs_root_with_its_role()
    {
        Assert.Equal(EtcdErrors.RootUserDoesNotExist, _state.Enable());
        Assert.Null(_state.AddUser("root"));
        Assert.Equal(EtcdErrors.RootUserDoesNotHaveRootRole, _state.Enable());
        Assert.Null(_state.GrantRole("root", "root"));
        Assert.Null(_state.Enable());
        Assert.Equal(EtcdErrors.InvalidAuthManagement, _state.DeleteUser("root"));
        Assert.Equal(EtcdErrors.InvalidAuthManagement, _state.DeleteRole("root"));
        Assert.Equal(EtcdErrors.InvalidAuthManagement, _state.RevokeRole("root", "root"));
        Assert.Null(_state.Disable());
        Assert.Equal(EtcdErrors.RoleNameNotFound, _state.DeleteRole("root"));
        Assert.Null(_state.RevokeRole("root", "root"));
        Assert.Null(_state.DeleteUser("root"));
    }

    [Fact]
    public void What_cannot_be_done_is_refused_as_etcd_refuses_it()
    {
        Assert.Equal(EtcdErrors.UserNameIsEmpty, _state.AddUser(""));
        Assert.Equal(EtcdErrors.NoPasswordUser, _state.AddUser("u", hashed: "no base64!"));
        Assert.Equal(EtcdErrors.RoleNameIsEmpty, _state.AddRole(""));
        Assert.Equal(EtcdErrors.UserNameNotFound, _state.DeleteUser("u"));
        Assert.Equal(EtcdErrors.UserNameNotFound, _state.ChangePassword("u", "aGFzaA=="));
        Assert.Equal(EtcdErrors.UserNameNotFound, _state.GrantRole("u", "r"));
        Assert.Equal(EtcdErrors.UserNameNotFound, _state.RevokeRole("u", "r"));
        Assert.Null(_state.AddUser("u"));
        Assert.Equal(EtcdErrors.RoleNameNotFound, _state.GrantRole("u", "r"));
        Assert.Equal(EtcdErrors.RoleIsNotGrantedToTheUser, _state.RevokeRole("u", "r"));
        Assert.Equal(EtcdErrors.RoleNameNotFound, _state.DeleteRole("r"));
        Assert.Equal(EtcdErrors.RoleNameNotFound, _state.GrantPermission("r", Kind.Read, "k"));
        Assert.Equal(EtcdErrors.RoleNameNotFound, _state.RevokePermission("r", "k"));
        Assert.Null(_state.AddRole("r"));
        Assert.Equal(EtcdErrors.RoleNameAlreadyExists, _state.AddRole("r"));
        Assert.Equal(EtcdErrors.PermissionIsNotGrantedToTheRole, _state.RevokePermission("r", "k"));
        Assert.Equal(
            EtcdErrors.PermissionNotGiven,
            _state.Root(new InternalRaftRequest { AuthRoleGrantPermission = new AuthRoleGrantPermissionRequest { Name = "none" } }));
        Assert.Equal(EtcdErrors.InvalidAuthManagement, _state.GrantPermission("none", Kind.Read, ""));
        Assert.Equal(EtcdErrors.InvalidAuthManagement, _state.GrantPermission("none", Kind.Read, "b", "a"));
        Assert.Equal(EtcdErrors.InvalidAuthManagement, _state.GrantPermission("none", Kind.Read, "b", "b"));
        Assert.Null(_state.GrantPermission("r", Kind.Read, "b", "\0"));
        Assert.Equal(EtcdErrors.AuthNotEnabled, _state.Root(new InternalRaftRequest { Authenticate = new InternalAuthenticateRequest { Name = "u" } }));
    }

    [Fact]
    public void Permissions_are_sorted_by_key_and_replaced_by_their_range()
    {
        Assert.Null(_state.AddRole("r"));
        Assert.Null(_state.GrantPermission("r", Kind.Read, "m"));
        Assert.Null(_state.GrantPermission("r", Kind.Read, "a", "c"));
        Assert.Null(_state.GrantPermission("r", Kind.Write, "z"));
        Assert.Null(_state.GrantPermission("r", Kind.Readwrite, "m"));
        Assert.Null(_state.GrantPermission("r", (Kind)7, "x"));
        AuthRoleGetResponse role = Get("r");
        Assert.Equal(["a", "m", "x", "z"], role.Perm.Select(static one => one.Key.ToStringUtf8()));
        Assert.Equal([Kind.Read, Kind.Readwrite, (Kind)7, Kind.Write], role.Perm.Select(static one => one.PermType));
        Assert.Null(_state.RevokePermission("r", "m"));
        Assert.Equal(EtcdErrors.PermissionIsNotGrantedToTheRole, _state.RevokePermission("r", "a"));
        Assert.Equal(3, Get("r").Perm.Count);
    }

    [Fact]
    public void A_record_of_the_root_role_shows_everything()
    {
        Assert.Null(_state.AddRole("root"));
        Assert.Null(_state.GrantPermission("root", Kind.Read, "k"));
        Permission all = Assert.Single(Get("root").Perm);
        Assert.Equal(Kind.Readwrite, all.PermType);
        Assert.Empty(all.Key);
        Assert.Equal("00", Convert.ToHexStringLower(all.RangeEnd.Span));
    }

    [Fact]
    public void A_deleted_role_is_taken_from_everybody()
    {
        Assert.Null(_state.AddRole("a"));
        Assert.Null(_state.AddRole("b"));
        Assert.Null(_state.AddUser("u"));
        Assert.Null(_state.GrantRole("u", "b"));
        Assert.Null(_state.GrantRole("u", "a"));
        Assert.Equal(["a", "b"], _state.Auth.Current.FindUser("u")!.Roles);
        Assert.Null(_state.DeleteRole("a"));
        Assert.Equal(["b"], _state.Auth.Current.FindUser("u")!.Roles);
        using StateFixture again = _state.Reopen();
        Assert.Equal(["b"], again.Auth.Current.FindUser("u")!.Roles);
    }

    [Fact]
    public void Names_are_listed_in_the_order_of_their_bytes()
    {
        string[] names = ["b", "a", "aa", "\ue000", "\U00010000", "é"];
        foreach (string name in names)
            Assert.Null(_state.AddUser(name));
        Assert.Equal(["a", "aa", "b", "é", "\ue000", "\U00010000"], _state.Auth.Current.UserNames);
        using StateFixture again = _state.Reopen();
        Assert.Equal(_state.Auth.Current.UserNames, again.Auth.Current.UserNames);
    }

    [Fact]
    public void Tokens_follow_the_log()
    {
        var tokens = new RecordedTokens();
        _state.Auth.Tokens = tokens;
        _state.EnableWith("u");
        Assert.Null(_state.AddUser("n", options: new UserAddOptions { NoPassword = true }));
        var login = new InternalRaftRequest { Authenticate = new InternalAuthenticateRequest { Name = "u", SimpleToken = "prefix" } };
        ApplyOutcome outcome = _state.Apply(login);
        Assert.Equal($"prefix.{_state.Index - 1}", ((AuthenticateResponse)outcome.Response!).Token);
        Assert.Equal(EtcdErrors.AuthFailed, _state.Apply(new InternalRaftRequest { Authenticate = new InternalAuthenticateRequest { Name = "x", SimpleToken = "p" } }).Error);
        Assert.Equal(EtcdErrors.AuthFailed, _state.Apply(new InternalRaftRequest { Authenticate = new InternalAuthenticateRequest { Name = "n", SimpleToken = "p" } }).Error);
        ulong index = _state.Index - 3;
        Assert.Null(_state.ChangePassword("u", "bmV3"));
        Assert.Null(_state.DeleteUser("u"));
        Assert.Null(_state.Disable());
        Assert.Equal([$"assign prefix.{index} u", "invalidate u", "invalidate u", "clear"], tokens.Said);
    }

    [Fact]
    public void A_password_in_an_old_log_becomes_the_same_hash_on_every_member()
    {
        using var other = new StateFixture();
        var add = new InternalRaftRequest { AuthUserAdd = new AuthUserAddRequest { Name = "u", Password = "secret" } };
        Assert.Null(_state.Apply(add).Error);
        Assert.Null(other.Apply(add).Error);
        Assert.Equal(_state.Stored(Bucket.AuthUsers, "u"u8), other.Stored(Bucket.AuthUsers, "u"u8));
        Assert.True(Bcrypt.Verify("secret"u8, _state.Auth.Current.FindUser("u")!.Password.Span));
    }

    [Fact]
    public void A_snapshot_brings_users_and_ends_the_logins_of_who_changed()
    {
        using var leader = new StateFixture();
        leader.EnableWith("u", (Kind.Read, "a", ""));
        Assert.Null(_state.AddUser("u", "b2xk"));
        Assert.Null(_state.AddUser("gone"));
        var tokens = new RecordedTokens();
        _state.Auth.Tokens = tokens;
        _state.Install(leader.Image(), leader);
        Assert.True(_state.Auth.Current.Enabled);
        Assert.Equal(["invalidate gone", "invalidate u"], tokens.Said);
        Assert.Null(_state.As("u", AuthFixture.Range("a")).Error);
        Assert.Equal(EtcdErrors.PermissionDenied, _state.As("u", AuthFixture.Range("b")).Error);
    }

    [Fact]
    public void A_damaged_record_is_found_at_the_start()
    {
        _state.Backend.Put(Bucket.AuthRoles, "r"u8, [0xff]);
        Assert.Contains("authRoles", Assert.Throws<CorruptionException>(() => new AuthStore(_state.Backend)).Message, StringComparison.Ordinal);
        _state.Backend.Delete(Bucket.AuthRoles, "r"u8);
        _state.Backend.Put(Bucket.Auth, "authRevision"u8, [1]);
        Assert.Throws<CorruptionException>(() => new AuthStore(_state.Backend));
    }

    private ulong Revision => _state.Auth.Current.Revision;

    private AuthRoleGetResponse Get(string role) =>
        (AuthRoleGetResponse)_state.As(AuthView.Root, new InternalRaftRequest { AuthRoleGet = new AuthRoleGetRequest { Role = role } }).Response!;

    private sealed class RecordedTokens : ISimpleTokens
    {
        public List<string> Said { get; } = [];

        public void Assign(string token, string user) => Said.Add($"assign {token} {user}");

        public void Invalidate(string user) => Said.Add($"invalidate {user}");

        public void Clear() => Said.Add("clear");
    }
}

using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Auth;
using Tenet.State.Tests.Apply;
using static Tenet.State.Tests.Auth.AuthFixture;
using Kind = Tenet.Protocol.Authpb.Permission.Types.Type;

namespace Tenet.State.Tests.Auth;

/// <summary>What an entry may do in somebody's name. User <c>u</c> may read <c>r*</c>, write <c>w*</c>, and both <c>b*</c>.</summary>
public sealed class AccessTests : IDisposable
{
    private readonly StateFixture _state = new();

    public AccessTests()
    {
        foreach (string key in (string[])["r1", "w1", "b1", "x1"])
            _state.Put(key, "v");
        _state.EnableWith("u", (Kind.Read, "r", "s"), (Kind.Write, "w", "x"), (Kind.Readwrite, "b", "c"));
    }

    public void Dispose() => _state.Dispose();

    [Fact]
    public void Keys_need_the_permission_of_what_is_done()
    {
        Allowed(Range("r1"));
        Allowed(Range("r", "s"));
        Denied(Range("r", "t"));
        Denied(Range("w1"));
        Denied(Range("r", "\0"));
        Allowed(Put("w1"));
        Denied(Put("r1"));
        Allowed(Delete("w", "x"));
        Denied(Delete("r1"));
        Denied(Delete("w", "y"));
    }

    [Fact]
    public void Showing_the_previous_pair_is_a_read()
    {
        Denied(Put("w1", previous: true));
        Allowed(Put("b1", previous: true));
        Denied(Delete("w1", previous: true));
        Allowed(Delete("b1", previous: true));
    }

    [Fact]
    public void Without_a_user_with_an_unknown_one_or_with_an_old_revision_nothing_is_allowed()
    {
        Assert.Equal(EtcdErrors.UserNameIsEmpty, _state.As(null, Put("w1")).Error);
        Assert.Equal(EtcdErrors.UserNameIsEmpty, _state.Apply(Put("w1")).Error);
        Assert.Equal(EtcdErrors.PermissionDenied, _state.As("nobody", Put("w1")).Error);
        Assert.Equal(EtcdErrors.AuthOldRevision, _state.As("u", Put("w1"), _state.Auth.Current.Revision - 1).Error);
        Assert.Equal(EtcdErrors.AuthOldRevision, _state.As("root", Put("w1"), _state.Auth.Current.Revision - 1).Error);
        Assert.Equal("v", _state.Get("w1"));
    }

    [Fact]
    public void Root_may_do_everything()
    {
        Assert.Null(_state.Root(Put("x1")));
        Assert.Null(_state.Root(Range("\0", "\0")));
        Assert.Null(_state.Root(Delete("\0", "\0", previous: true)));
    }

    [Fact]
    public void What_is_refused_changes_nothing()
    {
        long revision = _state.Store.CurrentRevision;
        Denied(Txn([], [Put("w1"), Put("x1")], []));
        Denied(Delete("\0", "\0"));
        Assert.Equal(revision, _state.Store.CurrentRevision);
    }

    /// <summary>CVE-2026-33343: transactions inside transactions were not looked at.</summary>
    [Fact]
    public void Transactions_are_looked_at_to_any_depth_and_in_both_branches()
    {
        Allowed(Txn([Exists("r1")], [Txn([Exists("r1")], [Put("w1")], [Delete("w1")])], [Txn([], [], [Range("r1")])]));
        Denied(Txn([Exists("r1")], [Txn([Exists("w1")], [Put("w1")], [])], []));
        Denied(Txn([Exists("x1")], [], []));
        foreach (InternalRaftRequest forbidden in (InternalRaftRequest[])[Range("x1"), Put("x1"), Delete("x1"), Range("r", "t"), Delete("\0", "\0")])
        {
            Denied(Txn([], [forbidden], []));
            Denied(Txn([], [], [forbidden]));
            Denied(Txn([], [Txn([], [forbidden], [])], []));
            Denied(Txn([], [Txn([], [], [Txn([], [], [forbidden])])], []));
        }
    }

    /// <summary>CVE-2026-44283: a put inside a transaction could show a pair that its user must not read, or attach to a lease that it must not revoke.</summary>
    [Fact]
    public void Puts_in_transactions_need_what_puts_need()
    {
        Assert.Null(_state.Grant(7, 100).Error);
        Assert.Null(_state.Root(Put("x1", lease: 7)));
        Denied(Txn([], [Put("w1", previous: true)], []));
        Denied(Txn([], [], [Txn([], [Put("w1", previous: true)], [])]));
        Denied(Txn([], [Put("w1", lease: 7)], []));
        Denied(Txn([], [Txn([], [], [Put("w1", lease: 7)])], []));
        Denied(Txn([], [Delete("w1", previous: true)], []));
        Allowed(Txn([], [Put("b1", previous: true)], []));
    }

    [Fact]
    public void A_lease_is_attached_to_and_revoked_by_who_may_write_all_its_keys()
    {
        Assert.Null(_state.Grant(7, 100).Error);
        Allowed(Put("w1", lease: 7));
        Allowed(Put("w2", lease: 7));
        Assert.Null(_state.Root(Put("x1", lease: 7)));
        Denied(Put("w3", lease: 7));
        var revoke = new InternalRaftRequest { LeaseRevoke = new LeaseRevokeRequest { ID = 7 } };
        Denied(revoke.Clone());
        Assert.Equal("v", _state.Get("x1"));
        Assert.Null(_state.Root(Put("x1")));
        Allowed(Put("w3", lease: 7));
        Allowed(revoke);
        Assert.Null(_state.Get("w1"));
    }

    [Fact]
    public void Users_and_roles_are_for_root_except_what_concerns_oneself()
    {
        InternalRaftRequest[] forRoot =
        [
            new() { AuthEnable = new AuthEnableRequest() },
            new() { AuthDisable = new AuthDisableRequest() },
            new() { AuthUserAdd = new AuthUserAddRequest { Name = "v" } },
            new() { AuthUserDelete = new AuthUserDeleteRequest { Name = "u" } },
            new() { AuthUserChangePassword = new AuthUserChangePasswordRequest { Name = "u" } },
            new() { AuthUserGrantRole = new AuthUserGrantRoleRequest { User = "u", Role = "root" } },
            new() { AuthUserRevokeRole = new AuthUserRevokeRoleRequest { Name = "u", Role = "r" } },
            new() { AuthUserList = new AuthUserListRequest() },
            new() { AuthUserGet = new AuthUserGetRequest { Name = "root" } },
            new() { AuthRoleAdd = new AuthRoleAddRequest { Name = "s" } },
            new() { AuthRoleDelete = new AuthRoleDeleteRequest { Role = "r" } },
            new() { AuthRoleGrantPermission = new AuthRoleGrantPermissionRequest { Name = "r" } },
            new() { AuthRoleRevokePermission = new AuthRoleRevokePermissionRequest { Role = "r" } },
            new() { AuthRoleList = new AuthRoleListRequest() },
            new() { AuthRoleGet = new AuthRoleGetRequest { Role = "root" } },
        ];
        foreach (InternalRaftRequest request in forRoot)
        {
            Denied(request);
            Assert.Equal(EtcdErrors.UserNameIsEmpty, _state.As(null, request).Error);
            Assert.Equal(EtcdErrors.UserNameNotFound, _state.As("nobody", request).Error);
        }

        Allowed(new InternalRaftRequest { AuthUserGet = new AuthUserGetRequest { Name = "u" } });
        Allowed(new InternalRaftRequest { AuthRoleGet = new AuthRoleGetRequest { Role = "r" } });
        Assert.Null(_state.As(null, new InternalRaftRequest { AuthStatus = new AuthStatusRequest() }).Error);
    }

    [Fact]
    public void A_changed_role_counts_from_the_next_entry_on()
    {
        Allowed(Put("w1"));
        Assert.Null(_state.RevokePermission("r", "w", "x"));
        Denied(Put("w1"));
        Assert.Null(_state.GrantPermission("r", Kind.Write, "w1"));
        Allowed(Put("w1"));
        Assert.Null(_state.RevokeRole("u", "r"));
        Denied(Put("w1"));
    }

    [Fact]
    public void Reads_that_show_the_keys_of_a_lease_need_all_of_them()
    {
        Assert.Null(_state.Grant(7, 100).Error);
        Assert.Null(_state.Root(Put("r1", lease: 7)));
        var access = new Access(_state.Auth.Current, _state.Lessor, new AuthIdentity("u", _state.Auth.Current.Revision));
        Assert.Null(access.CheckReadOfLease(7));
        Assert.Null(access.CheckReadOfLease(8));
        Assert.Null(_state.Root(Put("x1", lease: 7)));
        Assert.Equal(EtcdErrors.PermissionDenied, access.CheckReadOfLease(7));
    }

    private static Compare Exists(string key) =>
        new() { Key = Bytes(key), Target = Compare.Types.CompareTarget.Create, Result = Compare.Types.CompareResult.Greater, CreateRevision = 0 };

    private void Allowed(InternalRaftRequest request) => Assert.Null(_state.As("u", request).Error);

    private void Denied(InternalRaftRequest request) => Assert.Equal(EtcdErrors.PermissionDenied, _state.As("u", request).Error);
}

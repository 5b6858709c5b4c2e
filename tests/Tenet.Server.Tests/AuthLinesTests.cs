using Google.Protobuf;
using Tenet.Protocol.Authpb;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Server.Tests.Cluster;
using Tenet.Server.Tests.Support;
using Tenet.State.Auth.Passwords;

namespace Tenet.Server.Tests;

/// <summary>What the log says of users and roles, with etcd's words, levels and fields.</summary>
public sealed class AuthLinesTests
{
    private static readonly Permission AToZ = new()
    {
        PermType = Permission.Types.Type.Readwrite,
        Key = ByteString.CopyFromUtf8("a"),
        RangeEnd = ByteString.CopyFromUtf8("z"),
    };

    [Fact]
    public void Every_change_of_users_and_roles_has_its_line()
    {
        using TestMember member = AuthTests.Started();
        member.Log.Lines.Clear();
        var auth = member.Member.Auth;
        member.Run(auth.UserAdd(new AuthUserAddRequest { Name = "u", Password = "p" }, member.Call));
        Said(member, "Info added a user user-name=u");
        member.Run(auth.RoleAdd(new AuthRoleAddRequest { Name = "r" }, member.Call));
        Said(member, "Info created a role role-name=r");
        member.Run(auth.RoleGrantPermission(new AuthRoleGrantPermissionRequest { Name = "r", Perm = AToZ }, member.Call));
        Said(member, "Info granted/updated a permission to a user user-name=r permission-name=READWRITE key=a range-end=z");
        member.Run(auth.UserGrantRole(new AuthUserGrantRoleRequest { User = "u", Role = "r" }, member.Call));
        Said(member, "Info granted a role to a user user-name=u user-roles=[r] added-role-name=r");
        member.Run(auth.UserGrantRole(new AuthUserGrantRoleRequest { User = "u", Role = "r" }, member.Call));
        Said(member, "Warn ignored grant role request to a user user-name=u user-roles=[r] duplicate-role-name=r");
        member.Run(auth.UserChangePassword(new AuthUserChangePasswordRequest { Name = "u", Password = "q" }, member.Call));
        Said(member, "Info changed a password of a user user-name=u user-roles=[r]");
        member.Run(auth.UserGrantRole(new AuthUserGrantRoleRequest { User = "u", Role = "root" }, member.Call));
        Said(member, "Info granted a role to a user user-name=u user-roles=[r root] added-role-name=root");
        member.Run(auth.UserRevokeRole(new AuthUserRevokeRoleRequest { Name = "u", Role = "r" }, member.Call));
        Said(member, "Info revoked a role from a user user-name=u old-user-roles=[r root] new-user-roles=[root] revoked-role-name=r");
        member.Run(auth.RoleRevokePermission(new AuthRoleRevokePermissionRequest { Role = "r", Key = AToZ.Key, RangeEnd = AToZ.RangeEnd }, member.Call));
        Said(member, "Info revoked a permission on range role-name=r key=a range-end=z");
        member.Run(auth.RoleDelete(new AuthRoleDeleteRequest { Role = "r" }, member.Call));
        Said(member, "Info deleted a role role-name=r");
        member.Run(auth.UserDelete(new AuthUserDeleteRequest { Name = "u" }, member.Call));
        Said(member, "Info deleted a user user-name=u user-roles=[root]");

        // What is refused changes nothing, and says only that.
        Assert.Equal(EtcdErrors.UserNameNotFound, member.Refused(() => auth.UserDelete(new AuthUserDeleteRequest { Name = "u" }, member.Call)));
        Said(member);
    }

    [Fact]
    public void Switching_and_what_may_not_be_taken_from_root_have_their_lines()
    {
        using TestMember member = AuthTests.Started();
        member.Log.Lines.Clear();
        var auth = member.Member.Auth;
        member.Run(auth.AuthDisable(new AuthDisableRequest(), member.Call));
        Said(member);
        AuthTests.Enable(member);
        Assert.Equal("Info enabled authentication", Lines(member)[^1]);
        member.Log.Lines.Clear();
        using TestCall root = AuthTests.LogIn(member, "root", "rootpw");
        Said(member, $"Debug authenticated a user user-name=root token-fingerprint={Fingerprint(root)}");
        Assert.DoesNotContain(member.Log.Lines, line => line.Fields.Any(field => field.Value is string text && text.Contains(root.Headers["token"], StringComparison.Ordinal)));

        member.Run(auth.AuthEnable(new AuthEnableRequest(), root));
        Said(member, "Info authentication is already enabled; ignored auth enable request");
        Assert.Equal(EtcdErrors.InvalidAuthManagement, member.Refused(() => auth.UserDelete(new AuthUserDeleteRequest { Name = "root" }, root)));
        Said(member, "Error cannot delete 'root' user user-name=root");
        Assert.Equal(EtcdErrors.InvalidAuthManagement, member.Refused(() => auth.RoleDelete(new AuthRoleDeleteRequest { Role = "root" }, root)));
        Said(member, "Error cannot delete 'root' role role-name=root");
        Assert.Equal(EtcdErrors.InvalidAuthManagement, member.Refused(() => auth.UserRevokeRole(new AuthUserRevokeRoleRequest { Name = "root", Role = "root" }, root)));
        Said(member, "Error 'root' user cannot revoke 'root' role user-name=root role-name=root");
        Assert.Equal(EtcdErrors.AuthFailed, member.Refused(() => auth.Authenticate(new AuthenticateRequest { Name = "root", Password = "wrong" }, member.Call)));
        Said(member, "Info invalid password user-name=root", $"Warn invalid authentication was requested user=root error={EtcdErrors.AuthFailed.Message}");
        Assert.Equal(EtcdErrors.AuthFailed, member.Refused(() => auth.Authenticate(new AuthenticateRequest { Name = "nobody", Password = "wrong" }, member.Call)));
        Said(member, $"Warn invalid authentication was requested user=nobody error={EtcdErrors.AuthFailed.Message}");
        member.Run(auth.AuthDisable(new AuthDisableRequest(), root));
        Said(member, "Info disabled authentication");
    }

    [Fact]
    public void Who_is_refused_for_another_reason_than_permissions_is_told_of()
    {
        using TestMember member = AuthTests.Started(options: static options => options with { ClientCertAuth = true });
        AuthTests.Enable(member);
        using TestCall root = AuthTests.LogIn(member, "root", "rootpw");
        using var stranger = new TestCall { Name = "stranger" };
        member.Log.Lines.Clear();
        Assert.Equal(EtcdErrors.PermissionDenied, member.Refused(() => member.Member.Kv.Range(AuthTests.Range("a"), stranger)));
        string certificate = "Debug found command name common-name=stranger user-name=stranger revision=7";
        Said(member, certificate, "Error cannot find a user for permission check user-name=stranger");

        stranger.Headers["grpcgateway-accept"] = "application/json";
        Assert.Equal(EtcdErrors.UserNameIsEmpty, member.Refused(() => member.Member.Kv.Range(AuthTests.Range("a"), stranger)));
        Said(member, "Warn ignoring common name in gRPC-gateway proxy request common-name=stranger user-name=stranger revision=7");

        // An entry that was proposed by somebody whose login has become old before it was applied.
        var core = member.Member.Engine.Core;
        var request = new InternalRaftRequest { Put = TestMember.PutRequest("a1", "v") };
        Requests.PendingRequest? old = core.Requests.TrySubmit(request, root, out _, new State.Auth.AuthIdentity("u", 6));
        Assert.Equal(EtcdErrors.AuthOldRevision, member.Run(old!.Task.AsTask()).Error);
        Said(
            member,
            "Warn request auth revision is less than current node auth revision current node auth revision=7 request auth revision=6 request key=a1 "
            + $"error={EtcdErrors.AuthOldRevision.Message}");
    }

    [Fact]
    public void The_lines_are_on_every_member_whoever_was_asked()
    {
        Bcrypt.Hash("warm"u8, 4, new byte[Bcrypt.SaltLength]);
        TestCluster cluster = TestCluster.Started(configure: static options => options with { BcryptCost = 4 });
        cluster.Run(cluster.FollowerOf(cluster.Leader).Running.Auth.UserAdd(new AuthUserAddRequest { Name = "u", Password = "p" }, cluster.Call));
        cluster.Settle();
        Assert.All(cluster.Members, static member => Assert.Single(member.Log.Lines, static line => line.Message == "added a user"));
    }

    /// <summary>Exactly these have been said since the last time, but for what is said of every entry that is refused.</summary>
    private static void Said(TestMember member, params string[] expected)
    {
        Assert.Equal(expected, Lines(member));
        member.Log.Lines.Clear();
    }

    private static string[] Lines(TestMember member) =>
    [
        .. member.Log.Lines.Where(static line => line.Message is not "failed to apply request").Select(static line => $"{line.Level} {line.Message}"
            + string.Concat(line.Fields.Select(static field => $" {field.Name}={(field.Value is string[] texts ? $"[{string.Join(' ', texts)}]" : field.Value)}"))),
    ];

    private static string Fingerprint(TestCall call) => Observability.AuthLines.Fingerprint(call.Headers["token"]);
}

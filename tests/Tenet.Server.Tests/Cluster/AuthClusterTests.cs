using Google.Protobuf;
using Tenet.Protocol.Authpb;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Server.Tests.Support;

namespace Tenet.Server.Tests.Cluster;

/// <summary>Users, roles and logins of one member are those of all.</summary>
public sealed class AuthClusterTests
{
    [Fact]
    public void What_was_decided_at_one_member_counts_at_the_next_one_at_once()
    {
        TestCluster cluster = TestCluster.Started(configure: static options => options with { BcryptCost = 4 });
        ClusterMemberUnderTest leader = cluster.Leader;
        ClusterMemberUnderTest follower = cluster.FollowerOf(leader);
        ClusterMemberUnderTest other = cluster.FollowerOf(leader, 1);
        cluster.Run(follower.Running.Auth.UserAdd(new AuthUserAddRequest { Name = "root", Password = "rootpw" }, cluster.Call));
        cluster.Run(other.Running.Auth.UserGrantRole(new AuthUserGrantRoleRequest { User = "root", Role = "root" }, cluster.Call));
        cluster.Run(other.Running.Auth.UserAdd(new AuthUserAddRequest { Name = "u", Password = "upw" }, cluster.Call));
        cluster.Run(leader.Running.Auth.RoleAdd(new AuthRoleAddRequest { Name = "r" }, cluster.Call));
        cluster.Run(leader.Running.Auth.UserGrantRole(new AuthUserGrantRoleRequest { User = "u", Role = "r" }, cluster.Call));
        cluster.Run(leader.Running.Auth.AuthEnable(new AuthEnableRequest(), cluster.Call));

        // The other members may have yet to apply the login and the grant: they wait, or ask, and do not refuse.
        using TestCall root = LogIn(cluster, leader, "root", "rootpw");
        using TestCall user = LogIn(cluster, follower, "u", "upw");
        Assert.Equal(EtcdErrors.PermissionDenied, Refused(cluster, other, user));
        var permission = new Permission { PermType = Permission.Types.Type.Readwrite, Key = ByteString.CopyFromUtf8("a") };
        cluster.Run(leader.Running.Auth.RoleGrantPermission(new AuthRoleGrantPermissionRequest { Name = "r", Perm = permission }, root));
        cluster.Run(follower.Running.Kv.Put(TestMember.PutRequest("a", "1"), user));
        cluster.Run(other.Running.Kv.Put(TestMember.PutRequest("a", "2"), user));

        // And the other way round: what was taken away is gone everywhere.
        cluster.Run(other.Running.Auth.UserRevokeRole(new AuthUserRevokeRoleRequest { Name = "u", Role = "r" }, root));
        foreach (ClusterMemberUnderTest member in cluster.Members)
            Assert.Contains(Refused(cluster, member, user), (EtcdError[])[EtcdErrors.PermissionDenied, EtcdErrors.AuthOldRevision]);
        Assert.Equal(EtcdErrors.UserNameIsEmpty, Refused(cluster, follower, cluster.Call));
    }

    private static TestCall LogIn(TestCluster cluster, ClusterMemberUnderTest member, string user, string password)
    {
        var call = new TestCall();
        call.Headers["token"] = cluster.Run(member.Running.Auth.Authenticate(new AuthenticateRequest { Name = user, Password = password }, call)).Token;
        return call;
    }

    private static EtcdError Refused(TestCluster cluster, ClusterMemberUnderTest member, TestCall call) =>
        Assert.Throws<RefusalException>(() => cluster.Run(member.Running.Kv.Put(TestMember.PutRequest("a", "x"), call))).Error;
}

using Tenet.Foundation.Randomness;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Server.Tests.Support;

namespace Tenet.Server.Tests.Cluster;

public sealed class ReplicationTests
{
    [Fact]
    public void Three_members_elect_a_leader_and_agree_on_everything_written_through_any_of_them()
    {
        TestCluster cluster = TestCluster.Started();
        for (int i = 0; i < 30; i++)
            cluster.Put(cluster[i % 3], $"k{i}", $"v{i}");
        for (int i = 0; i < 30; i++)
            Assert.Equal($"v{i}", cluster.Get(cluster[(i + 1) % 3], $"k{i}"));
        cluster.Settle();
        Assert.Single(cluster.Members, static member => member.State.IsLeader);
        Assert.All(cluster.Members, static member => Assert.Equal(3, member.Running.Peers.Members.Voters.Count));
    }

    [Fact]
    public void A_follower_that_was_away_catches_up_from_the_log()
    {
        TestCluster cluster = TestCluster.Started();
        ClusterMemberUnderTest leader = cluster.Leader;
        ClusterMemberUnderTest follower = cluster.FollowerOf(leader);
        follower.CutPower(new SeededRandom(7));
        cluster.PutMany(leader, 60);
        follower.Start();
        cluster.Settle();
        Assert.Equal(0, cluster.Network.SnapshotsDelivered);
        Assert.Equal("k-59", cluster.Get(follower, "k9", serializable: true));
    }

    [Fact]
    public void The_others_go_on_when_the_leader_loses_power_and_it_follows_when_it_is_back()
    {
        TestCluster cluster = TestCluster.Started();
        ClusterMemberUnderTest first = cluster.Leader;
        cluster.Put(first, "a", "1");
        first.CutPower(new SeededRandom(3));
        ClusterMemberUnderTest second = cluster.Leader;
        Assert.NotSame(first, second);
        Assert.Equal("1", cluster.Get(second, "a"));
        cluster.Put(second, "a", "2");
        first.Start();
        cluster.Settle();
        Assert.Equal("2", cluster.Get(first, "a"));
    }

    [Fact]
    public void A_leader_that_is_cut_off_answers_no_linearizable_read_and_takes_the_new_history_afterwards()
    {
        TestCluster cluster = TestCluster.Started();
        ClusterMemberUnderTest old = cluster.Leader;
        cluster.Put(old, "a", "1");
        cluster.Network.Connects = (from, to) => from != old.Id && to != old.Id;
        Task<PutResponse> lost = old.Running.Kv.Put(TestMember.PutRequest("a", "lost"), cluster.Call).AsTask();
        Task<State.Mvcc.RangeResult> read = old.Running.Kv.Range(new RangeRequest { Key = Google.Protobuf.ByteString.CopyFromUtf8("a") }, cluster.Call).AsTask();
        cluster.RunUntil(() => cluster.FindLeader() is { } leader && leader != old);
        cluster.Put(cluster.Leader, "a", "2");
        Assert.False(read.IsCompletedSuccessfully);
        Assert.False(lost.IsCompletedSuccessfully);
        cluster.Network.Connects = static (_, _) => true;
        cluster.Settle();
        Assert.Equal("2", cluster.Get(old, "a"));
        cluster.RunUntil(() => lost.IsCompleted && read.IsCompleted);
        Assert.False(lost.IsCompletedSuccessfully);
    }

    [Fact]
    public void A_full_member_stops_the_writes_of_all_until_its_alarm_is_cleared()
    {
        TestCluster cluster = TestCluster.Started(configure: static options => options with { QuotaBackendBytes = options.Name.EndsWith('1') ? 150_000 : 0 });
        ClusterMemberUnderTest small = cluster.Members.Single(static member => member.Running.Engine.Core.Options.QuotaBackendBytes == 150_000);
        ClusterMemberUnderTest other = cluster.Members.First(member => member != small);
        for (int i = 0; i < 100; i++)
            cluster.Put(other, $"k{i}", new string('x', 2_000));

        cluster.RunFor(TimeSpan.FromSeconds(1));

        // Who has room takes writes until the full member is asked itself: its alarm is the cluster's.
        Assert.Equal(EtcdErrors.NoSpace, Refused(cluster, small, "k"));
        cluster.Settle();
        foreach (ClusterMemberUnderTest member in cluster.Members)
        {
            Assert.Equal([AlarmType.Nospace], member.Running.Status.Alarms);
            Assert.Equal(EtcdErrors.NoSpace, Refused(cluster, member, "k"));
        }

        // Clearing somebody else's alarm clears nothing.
        AlarmRequest Disarm(ulong id) => new() { Action = AlarmRequest.Types.AlarmAction.Deactivate, MemberID = id, Alarm = AlarmType.Nospace };
        cluster.Run(other.Running.Maintenance.Alarm(Disarm(other.Running.Status.MemberId), cluster.Call));
        Assert.Equal(EtcdErrors.NoSpace, Refused(cluster, other, "k"));
        cluster.Run(other.Running.Maintenance.Alarm(Disarm(small.Running.Status.MemberId), cluster.Call));
        cluster.Put(other, "k", "v");
        Assert.Equal("v", cluster.Get(small, "k"));
    }

    private static EtcdError Refused(TestCluster cluster, ClusterMemberUnderTest member, string key) =>
        Assert.Throws<RefusalException>(() => cluster.Put(member, key, "v")).Error;
}

using Tenet.Foundation.Randomness;
using Tenet.Server.Tests.Support;

namespace Tenet.Server.Tests.Cluster;

public sealed class SnapshotTests
{
    private static readonly Func<MemberOptions, MemberOptions> ShortLog =
        static options => options with { SnapshotCount = 40, SnapshotCatchUpEntries = 5 };

    [Fact]
    public void A_follower_behind_the_log_gets_the_database_and_follows_from_there()
    {
        TestCluster cluster = TestCluster.Started(configure: ShortLog);
        (ClusterMemberUnderTest leader, ClusterMemberUnderTest follower) = LeaveBehind(cluster);
        follower.Start();
        cluster.PutMany(leader, 20, "meanwhile");
        cluster.Settle();
        Assert.Equal(1, cluster.Network.SnapshotsDelivered);
        Assert.True(follower.Log.Has("applied snapshot"));
        Assert.Equal("later-399", cluster.Get(follower, "later49", serializable: true));

        // It is a member like any other again: it writes, and starts again from what it has.
        cluster.Put(follower, "through", "it");
        follower.CutPower(new SeededRandom(5));
        follower.Start();
        cluster.Settle();
        Assert.Equal("it", cluster.Get(follower, "through", serializable: true));
        Assert.Equal(1, cluster.Network.SnapshotsDelivered);
    }

    [Fact]
    public void A_snapshot_that_is_lost_on_its_way_is_sent_again()
    {
        TestCluster cluster = TestCluster.Started(configure: ShortLog);
        (_, ClusterMemberUnderTest follower) = LeaveBehind(cluster);
        cluster.Network.HoldsSnapshots = true;
        follower.Start();
        cluster.RunFor(TimeSpan.FromSeconds(2));
        cluster.Network.Connects = (from, to) => to != follower.Id;
        cluster.Network.DeliverSnapshots();
        Assert.Equal(0, cluster.Network.SnapshotsDelivered);
        cluster.Network.Connects = static (_, _) => true;
        cluster.Network.HoldsSnapshots = false;
        cluster.Settle();
        Assert.Equal(1, cluster.Network.SnapshotsDelivered);
    }

    [Fact]
    public void What_a_follower_needs_after_its_snapshot_is_kept_while_the_snapshot_is_under_way()
    {
        TestCluster cluster = TestCluster.Started(configure: ShortLog);
        (ClusterMemberUnderTest leader, ClusterMemberUnderTest follower) = LeaveBehind(cluster);
        cluster.Network.HoldsSnapshots = true;
        follower.Start();
        cluster.RunFor(TimeSpan.FromSeconds(2));

        // Much more than the log keeps otherwise; without these entries the follower would need the next snapshot.
        cluster.PutMany(leader, 600, "meanwhile");
        cluster.Network.HoldsSnapshots = false;
        cluster.Settle();
        Assert.Equal(1, cluster.Network.SnapshotsDelivered);
    }

    [Fact]
    public void Power_may_fail_before_any_disk_operation_of_taking_a_snapshot_over()
    {
        var random = new SeededRandom(17);
        bool ended = false;
        for (int cut = 1; !ended; cut++)
        {
            TestCluster cluster = TestCluster.Started(configure: ShortLog);
            (_, ClusterMemberUnderTest follower) = LeaveBehind(cluster, 120);
            var fault = new PowerCut(cut, random.Fork());
            follower.Disk.Faults = fault.On(follower.Disk);
            ended = RunUntilCut(cluster, follower);
            if (!ended)
            {
                follower.CutPower(fault.Crashed!);
                follower.Start();
                cluster.Settle();
            }

            Assert.Equal("later-119", cluster.Get(follower, "later19", serializable: true));
            Assert.Equal("k-29", cluster.Get(follower, "k29", serializable: true));
        }
    }

    private static bool RunUntilCut(TestCluster cluster, ClusterMemberUnderTest follower)
    {
        try
        {
            follower.Start();
            cluster.Settle();
            return true;
        }
        catch (PowerCutException)
        {
            return false;
        }
    }

    /// <summary>A follower whose next entries its leader has no more.</summary>
    private static (ClusterMemberUnderTest Leader, ClusterMemberUnderTest Follower) LeaveBehind(TestCluster cluster, int writes = 400)
    {
        ClusterMemberUnderTest leader = cluster.Leader;
        cluster.PutMany(leader, 30);
        cluster.Settle();
        ClusterMemberUnderTest follower = cluster.FollowerOf(leader);
        follower.CutPower(new SeededRandom(2));
        cluster.PutMany(leader, writes, "later");
        return (leader, follower);
    }
}

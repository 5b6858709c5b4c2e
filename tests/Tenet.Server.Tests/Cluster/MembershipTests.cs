using Tenet.Foundation.Randomness;
using Tenet.Protocol.Errors;
using Tenet.Raft;
using Tenet.Server.Requests;
using ClusterMember = Tenet.State.Members.ClusterMember;

namespace Tenet.Server.Tests.Cluster;

public sealed class MembershipTests
{
    [Fact]
    public void A_removed_leader_stops_after_a_second_and_may_not_come_back()
    {
        TestCluster cluster = TestCluster.Started();
        ClusterMemberUnderTest removed = cluster.Leader;
        ClusterMemberUnderTest other = cluster.FollowerOf(removed);
        Assert.Null(cluster.Change(other, ConfChangeType.RemoveNode, Describe(other, removed)).Error);
        cluster.RunUntil(() => !removed.IsRunning);
        Assert.IsType<MemberRemovedException>(removed.Failure);
        Assert.True(removed.Log.Has("data-dir used by this member must be removed"));
        cluster.Put(other, "a", "1");
        Assert.Equal(2, other.Running.Peers.Members.Members.Count);
        MemberStartException refused = Assert.Throws<MemberStartException>(removed.Start);
        Assert.Equal("the member has been permanently removed from the cluster", refused.Message);
    }

    [Fact]
    public void A_member_that_a_peer_calls_removed_stops_at_once()
    {
        TestCluster cluster = TestCluster.Started();
        ClusterMemberUnderTest follower = cluster.FollowerOf(cluster.Leader);
        Member member = follower.Running;
        member.Peers.ReportRemoved();
        cluster.RunUntil(() => !follower.IsRunning);
        Assert.Equal("the member has been permanently removed from the cluster", member.Failure.GetAwaiter().GetResult());
    }

    [Fact]
    public void Messages_of_removed_members_and_for_others_are_refused_with_the_reason()
    {
        TestCluster cluster = TestCluster.Started();
        ClusterMemberUnderTest leader = cluster.Leader;
        ClusterMemberUnderTest removed = cluster.FollowerOf(leader);
        ClusterMemberUnderTest other = cluster.FollowerOf(leader, 1);
        ulong id = removed.Id;
        Assert.Null(cluster.Change(leader, ConfChangeType.RemoveNode, Describe(leader, removed)).Error);
        Assert.Equal("cannot process message from removed member", leader.Running.Peers.Receive(new HeartbeatResponse(leader.Id, id, 2, default)));
        Assert.Equal(
            "cannot process message to mismatch member", leader.Running.Peers.Receive(new HeartbeatResponse(4711, other.Id, 2, default)));
        Assert.Equal(
            "a snapshot comes with its database",
            leader.Running.Peers.Receive((Message)new InstallSnapshot(leader.Id, other.Id, 2, new Snapshot(5, 1, ConfState.Empty, default))));
    }

    [Fact]
    public void A_learner_whom_a_3_5_member_updates_stays_without_a_vote_also_after_a_restart()
    {
        TestCluster cluster = TestCluster.Started(1);
        ClusterMemberUnderTest only = cluster.Leader;
        (_, ClusterMember learner) = cluster.Newcomer(isLearner: true);
        Assert.Null(cluster.Change(only, ConfChangeType.AddLearnerNode, learner).Error);

        // 3.5 leaves out that it is one.
        Assert.Null(cluster.Change(only, ConfChangeType.UpdateNode, learner with { IsLearner = false, PeerUrls = ["http://127.0.0.1:4"] }).Error);
        cluster.Put(only, "a", "1");
        only.CutPower(new SeededRandom(1));
        only.Start();
        cluster.RunUntil(() => only.State.IsLeader);
        cluster.Put(only, "a", "2");
        Assert.Equal("2", cluster.Get(only, "a"));
    }

    [Fact]
    public void A_change_in_the_general_form_is_accepted_from_the_log()
    {
        TestCluster cluster = TestCluster.Started();
        ClusterMemberUnderTest leader = cluster.Leader;
        ClusterMemberUnderTest removed = cluster.FollowerOf(leader);
        leader.Running.Engine.Node.Propose(new ConfChangeV2(null, [new ConfChangeSingle(ConfChangeType.RemoveNode, removed.Id)], default));
        cluster.RunUntil(() => leader.Running.Peers.Members.Members.Count == 2 && leader.Running.Engine.Node.Status.ConfState.Voters.Count == 2);
        cluster.RunUntil(() => !removed.IsRunning);
        cluster.Put(leader, "a", "1");
    }

    [Fact]
    public void A_change_that_cannot_be_is_refused_at_its_proposer_and_blocks_no_later_one()
    {
        TestCluster cluster = TestCluster.Started();
        ClusterMemberUnderTest leader = cluster.Leader;
        ClusterMemberUnderTest follower = cluster.FollowerOf(leader);
        RequestResult refused = cluster.Change(follower, ConfChangeType.RemoveNode, new ClusterMember(99, ["http://x:1"], false, "", []));
        Assert.Equal(EtcdErrors.MemberNotFound, refused.Error);
        Assert.Null(cluster.Change(follower, ConfChangeType.UpdateNode, Describe(follower, leader) with { PeerUrls = ["http://127.0.0.1:9999"] }).Error);
        cluster.Settle();
        Assert.All(cluster.Members, member => Assert.Equal(["http://127.0.0.1:9999"], member.Running.Peers.Members.Find(leader.Id)!.PeerUrls));
    }

    [Fact]
    public void A_learner_joins_from_nothing_gets_its_vote_and_counts()
    {
        TestCluster cluster = TestCluster.Started(configure: static options => options with { SnapshotCount = 40, SnapshotCatchUpEntries = 5 });
        ClusterMemberUnderTest leader = cluster.Leader;
        cluster.PutMany(leader, 300);
        (ClusterMemberUnderTest newcomer, ClusterMember description) = cluster.Newcomer(isLearner: true);
        Assert.Null(cluster.Change(leader, ConfChangeType.AddLearnerNode, description).Error);
        Assert.False(leader.State.LeadsAlone);
        newcomer.Start();
        Assert.Equal(description.Id, newcomer.Id);
        cluster.Settle();
        Assert.Equal(1, cluster.Network.SnapshotsDelivered);
        Assert.Equal([description.Id], newcomer.Running.Peers.Members.Learners);
        Assert.Null(cluster.Change(cluster.FollowerOf(leader), ConfChangeType.AddNode, description, isPromote: true).Error);
        cluster.Settle();
        Assert.Equal(4, newcomer.Running.Peers.Members.Voters.Count);

        // Two of the founders are gone: without the newcomer's vote there would be no majority of four.
        cluster.FollowerOf(leader).CutPower(new SeededRandom(1));
        cluster.Put(newcomer, "through", "it");
        Assert.Null(cluster.Run(leader.Running.Engine.Leadership.MoveAsync(newcomer.Id, CancellationToken.None)));
        Assert.True(newcomer.State.IsLeader);
        Assert.Equal("it", cluster.Get(newcomer, "through"));
    }

    [Fact]
    public void A_member_that_was_alone_grows_to_three_and_shrinks_again()
    {
        TestCluster cluster = TestCluster.Started(count: 1);
        ClusterMemberUnderTest first = cluster[0];
        cluster.Put(first, "a", "1");
        Assert.True(first.State.LeadsAlone);
        for (int i = 0; i < 2; i++)
        {
            (ClusterMemberUnderTest newcomer, ClusterMember description) = cluster.Newcomer(isLearner: false);
            Assert.Null(cluster.Change(first, ConfChangeType.AddNode, description).Error);
            Assert.False(first.State.LeadsAlone);
            newcomer.Start();
            cluster.Settle();
        }

        cluster.Put(cluster[2], "a", "2");
        Assert.Equal("2", cluster.Get(first, "a"));
        foreach (ClusterMemberUnderTest member in cluster.Members.Skip(1).ToArray())
        {
            Assert.Null(cluster.Change(first, ConfChangeType.RemoveNode, Describe(first, member)).Error);
            cluster.RunUntil(() => !member.IsRunning);
        }

        cluster.RunUntil(() => first.State.LeadsAlone);
        cluster.Put(first, "a", "3");
        Assert.Equal("3", cluster.Get(first, "a"));
    }

    private static ClusterMember Describe(ClusterMemberUnderTest at, ClusterMemberUnderTest member) => at.Running.Peers.Members.Find(member.Id)!;
}

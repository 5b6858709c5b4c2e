using Tenet.Interop.Tests.Processes;
using Tenet.Interop.Tests.Wire;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Interop.Tests.Clusters;

/// <summary>The life of a cluster, whichever program each member runs.</summary>
public sealed class ClusterLifeTests
{
    [InteropTheory]
    [ThoroughData(Composition.TTT)]
    [InlineData(Composition.TTN)]
    [ThoroughData(Composition.TNN)]
    [ThoroughData(Composition.TTO)]
    [InlineData(Composition.TOO)]
    [Trait("Run", "Long")]
    public Task A_member_that_was_away_for_long_gets_a_snapshot_from_a_leader_of_either_kind(string programs) =>
        Cluster.RunAsync(ClusterSettings.SmallSnapshots, Composition.Programs(programs), async cluster =>
        {
            foreach ((ClusterMember leader, ClusterMember follower) in PairsOfKinds(cluster))
            {
                await cluster.MoveLeaderAsync(leader);
                double sent = await leader.MetricAsync("etcd_network_snapshot_send_success");
                await Cluster.StopAsync(follower);
                await Services.FillAsync(leader, $"without-{follower.Name}", 200);
                await follower.RestartAsync();
                await cluster.ConvergedAsync();
                await Eventually.TrueAsync($"{leader} counts a snapshot that it sent to {follower}", async _ =>
                    await leader.MetricAsync("etcd_network_snapshot_send_success") > sent);
                await Services.WorkThroughAllAsync(cluster, $"again-with-{follower.Name}");
            }
            await cluster.ConvergedAsync();
        });

    [InteropTheory]
    [ThoroughData(Composition.TTT, "Tenet")]
    [ThoroughData(Composition.TTN, "Etcd3530")]
    [InlineData(Composition.TNN, "Tenet")]
    [InlineData(Composition.TTO, "Etcd3516")]
    [ThoroughData(Composition.TOO, "Tenet")]
    [Trait("Run", "Long")]
    public Task Members_serve_alike_under_every_leader_a_learner_joins_and_is_promoted_and_a_removed_member_stays_away(string programs, string joining) =>
        Cluster.RunAsync(ClusterSettings.SmallSnapshots, Composition.Programs(programs), async cluster =>
        {
            foreach (ClusterMember leader in cluster.Members)
            {
                await cluster.MoveLeaderAsync(leader);
                await Services.WorkThroughAllAsync(cluster, $"under-{leader.Name}");
            }
            await SayTheSameOfTheClusterAsync(cluster);

            ClusterMember first = await cluster.LeaderAsync();
            await Services.FillAsync(first, "before", 200);

            ClusterMember added = await cluster.AddAsync(Composition.Programs(joining)[0], learner: true);
            await RefusesWhatLearnersRefuseAsync(cluster, added);
            // Through a follower: it passes the question on to the leader.
            await Cluster.PromoteAsync(added, cluster.Members.First(member => member != first && member != added));
            await cluster.LeaderAsync();
            await Services.WorkThroughAllAsync(cluster, "with-four");
            await SayTheSameOfTheClusterAsync(cluster);

            ClusterMember leaving = cluster.Members[0];
            await cluster.RemoveAsync(leaving, added);
            await RefusesToComeBackAsync(cluster, leaving);
            await cluster.LeaderAsync();
            await Services.WorkThroughAllAsync(cluster, "with-three");
            await SayTheSameOfTheClusterAsync(cluster);
            await cluster.ConvergedAsync();
        });

    [InteropFact]
    [Trait("Run", "Long")]
    public Task A_Tenet_that_takes_over_the_directory_of_etcd_3516_knows_who_was_promoted_and_where_all_are_reached() =>
        Cluster.RunAsync(ClusterSettings.SmallSnapshots, Composition.Programs(Composition.OOO), async cluster =>
        {
            // Promoted before one snapshot of the log, and moved after another: one is told by the document, one by the log.
            ClusterMember added = await cluster.AddAsync(Binaries.OldEtcd, learner: true);
            ClusterMember first = cluster.Members[0];
            await Cluster.PromoteAsync(added, first);
            await Services.FillAsync(first, "before", 200);
            ClusterMember moved = cluster.Members[1];
            Assert.Equal(0, (await first.Client.UpdateMemberAsync(moved.Id, [moved.PeerUrl, "http://127.0.0.1:1"])).Status);
            for (int restart = 0; restart < 2; restart++)
            {
                await Cluster.StopAsync(first);
                first.Binary = Binaries.Subject;
                await first.RestartAsync();
                await ListTheSameMembersAsync(cluster);
            }
            await cluster.MoveLeaderAsync(first);
            await Services.WorkThroughAllAsync(cluster, "under-Tenet");
            await cluster.ConvergedAsync();
        });

    /// <summary>For each kind of leader and each kind of follower that there is, one pair.</summary>
    private static List<(ClusterMember Leader, ClusterMember Follower)> PairsOfKinds(Cluster cluster)
    {
        List<(ClusterMember Leader, ClusterMember Follower)> pairs = [];
        HashSet<(ServerBinary, ServerBinary)> seen = [];
        foreach (ClusterMember leader in cluster.Members)
        {
            foreach (ClusterMember follower in cluster.Members)
            {
                // Two of etcd prove nothing about Tenet; and a leader keeps its whole log for a while after it sent a snapshot, so each sends one.
                bool ofInterest = !leader.Binary.IsEtcd || !follower.Binary.IsEtcd;
                bool sentAlready = pairs.Exists(pair => pair.Leader == leader);
                if (leader != follower && ofInterest && !sentAlready && seen.Add((leader.Binary, follower.Binary)))
                    pairs.Add((leader, follower));
            }
        }
        return pairs;
    }

    private static async Task RefusesWhatLearnersRefuseAsync(Cluster cluster, ClusterMember learner)
    {
        Assert.Equal("x", (await Services.ReadAsync(learner, "before/1", serializable: true))?[..1]);
        // The code changed with etcd 3.6.
        (int, string) refusal = (learner.Binary.IsEtcd ? 14 : 9, "etcdserver: rpc not supported for learner");
        GrpcReply<PutResponse> put = await learner.Client.PutAsync("through", "a learner");
        Assert.Equal(refusal, (put.Status, put.Text));
        GrpcReply<MemberListResponse> list = await learner.Client.MembersAsync();
        Assert.Equal(refusal, (list.Status, list.Text));
        GrpcReply<MemberAddResponse> second = await (await cluster.LeaderAsync()).Client.AddMemberAsync("http://127.0.0.1:1", learner: true);
        Assert.True(second.Status == 9, $"a second learner: {second.Status} {second.Text}");
    }

    private static async Task RefusesToComeBackAsync(Cluster cluster, ClusterMember removed)
    {
        removed.Launch(cluster.InitialCluster, "existing");
        int code = await removed.Program.EndsAsync();
        Assert.Contains("the member has been permanently removed from the cluster", removed.Program.Log);
        // etcd ends with either, as it learns of its removal before or after it said that it is ready.
        Assert.InRange(code, 0, 1);
    }

    private static async Task SayTheSameOfTheClusterAsync(Cluster cluster)
    {
        ClusterMember leader = await cluster.LeaderAsync();
        await ListTheSameMembersAsync(cluster);
        string status = await cluster.EtcdctlAsync("endpoint", "status", "--cluster", "-w", "simple");
        Assert.Equal(cluster.Members.Count, status.Trim().Split('\n').Length);
        Assert.All(status.Trim().Split('\n'), line => Assert.Equal(line.Contains(leader.ClientUrl, StringComparison.Ordinal) ? "true" : "false", line.Split(", ")[4]));
        string health = await cluster.EtcdctlAsync("endpoint", "health", "--cluster");
        Assert.Equal(cluster.Members.Count, health.Split("is healthy").Length - 1);
        string members = await cluster.EtcdctlAsync("member", "list");
        Assert.All(cluster.Members, member => Assert.Contains($"{member.Id:x}, started, {member.Name}, {member.PeerUrl}, {member.ClientUrl}, false", members));
    }

    /// <summary>Not every member applies a change at the same moment, and lists that are not linearizable show it.</summary>
    private static Task ListTheSameMembersAsync(Cluster cluster) =>
        Eventually.TrueAsync("all members list the same members", async complaint =>
        {
            HashSet<string> lists = [];
            foreach (ClusterMember member in cluster.Running)
            {
                foreach (bool linearizable in new[] { true, false })
                {
                    MemberListResponse list = (await member.Client.MembersAsync(linearizable)).Value;
                    lists.Add(string.Join(' ', list.Members.OrderBy(one => one.ID).Select(one => one.ToString())) + $" in {list.Header.ClusterId:x}");
                }
            }
            return lists.Count == 1 || complaint.Note(string.Join('\n', lists));
        });
}

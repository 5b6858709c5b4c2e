using Google.Protobuf;
using Tenet.Interop.Tests.Processes;
using Tenet.Interop.Tests.Wire;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Interop.Tests.Clusters;

/// <summary>Members that are started wrongly: they are told why as etcd tells it, with its exit code, and the cluster does not mind.</summary>
public sealed class BootstrapTests
{
    [InteropFact]
    public Task Who_joins_wrongly_is_told_why() => Cluster.RunAsync(new(), Composition.Programs(Composition.TTN), async cluster =>
    {
        foreach ((string says, Func<ClusterMember, string> initialCluster, string[] flags) in new (string, Func<ClusterMember, string>, string[])[]
        {
            ("member count is unequal", one => $"{cluster.InitialCluster},{one.Name}={one.PeerUrl}", []),
            ("member count is unequal", one => $"{cluster.Members[0].Name}={cluster.Members[0].PeerUrl},{one.Name}={one.PeerUrl}", []),
            ("cannot fetch cluster info from peer urls: could not retrieve cluster information from the given URLs", one => $"nobody=http://127.0.0.1:1,{one.Name}={one.PeerUrl}", []),
            ("couldn't find local name", one => cluster.InitialCluster, []),
            ("has duplicate url", one => $"{cluster.InitialCluster},other={cluster.Members[0].PeerUrl},{one.Name}={one.PeerUrl}", []),
        })
        {
            int expected = await EndsSayingAsync(cluster, Binaries.NewEtcd, says, initialCluster, flags);
            Assert.Equal(expected, await EndsSayingAsync(cluster, Binaries.Subject, says, initialCluster, flags));
        }
        await Services.WorkThroughAllAsync(cluster, "afterwards");
    });

    [InteropTheory]
    [InlineData(Composition.TTT)]
    [InlineData(Composition.TTN)]
    [Trait("Run", "Long")]
    public Task A_member_that_lost_its_data_may_not_found_the_cluster_again(string programs) => Cluster.RunAsync(new(), Composition.Programs(programs), async cluster =>
    {
        ClusterMember forgetful = cluster.Members[^1];
        await Cluster.StopAsync(forgetful);
        Directory.Delete(forgetful.DataDirectory, recursive: true);
        forgetful.MayFail = true;
        foreach (ServerBinary program in new[] { Binaries.NewEtcd, Binaries.Subject })
        {
            forgetful.Binary = program;
            forgetful.Launch(cluster.InitialCluster, "new");
            Assert.Equal(1, await forgetful.Program.EndsAsync());
            Assert.Contains($"member {forgetful.Id:x} has already been bootstrapped", forgetful.Program.Log);
        }
        await cluster.LeaderAsync();
        Assert.Equal(0, (await cluster.Members[0].Client.PutAsync("still", "serving")).Status);
    });

    [InteropTheory]
    [InlineData(Composition.TTT)]
    [InlineData(Composition.TNN)]
    [Trait("Run", "Long")]
    public Task A_member_of_another_cluster_is_kept_out(string programs) => Cluster.RunAsync(new(), Composition.Programs(programs), async cluster =>
    {
        // The same members, but for one: another token gives them other identities.
        ClusterMember stranger = cluster.NewMember(Binaries.Subject);
        stranger.Launch($"{cluster.InitialCluster},{stranger.Name}={stranger.PeerUrl}", "new", "--initial-cluster-token", "another");
        await Eventually.TrueAsync("the stranger is refused", complaint =>
            Task.FromResult(stranger.Log.Contains("cluster ID mismatch", StringComparison.OrdinalIgnoreCase) || stranger.Log.Contains("mismatch", StringComparison.Ordinal) || complaint.Note("it says nothing of it")));
        await Services.WorkThroughAllAsync(cluster, "meanwhile");
        Assert.False(stranger.Program.Ready.IsCompleted);
        await stranger.Program.KillAsync();
        await cluster.ConvergedAsync();
    });

    [InteropTheory]
    [ThoroughData(Composition.TTT, "Tenet")]
    [ThoroughData(Composition.TNN, "Etcd3530")]
    [InlineData(Composition.NNN, "Tenet")]
    [Trait("Run", "Long")]
    public Task One_of_three_goes_on_alone_with_the_data_and_takes_in_others(string programs, string joining) =>
        Cluster.RunAsync(ClusterSettings.SmallSnapshots with { StrictReconfigurationCheck = false }, Composition.Programs(programs), async cluster =>
        {
            ClusterMember survivor = cluster.Members[0];
            await Services.FillAsync(survivor, "kept", 120);
            await cluster.ConvergedAsync();
            string before = await survivor.Client.SummaryAsync();
            foreach (ClusterMember lost in cluster.Members.Skip(1).ToList())
            {
                await lost.Program.KillAsync();
                cluster.Forget(lost);
            }
            // In order, because what a killed member has not yet written of its commit index does not survive being forced.
            await Cluster.StopAsync(survivor);
            // Whoever made the data, Tenet can be the one that goes on with them.
            survivor.Binary = Binaries.Subject;
            await survivor.RestartAsync("--force-new-cluster");
            await cluster.LeaderAsync();
            Assert.Equal(before, await survivor.Client.SummaryAsync());
            Assert.Single((await survivor.Client.MembersAsync()).Value.Members);
            await Cluster.StopAsync(survivor);
            await survivor.RestartAsync();
            await cluster.AddAsync(Composition.Programs(joining)[0], learner: false);
            await Services.WorkThroughAllAsync(cluster, "with-another");
            await cluster.ConvergedAsync();
        });

    [InteropFact]
    public Task Downgrades_are_refused_alike() => Cluster.RunAsync(new(), Composition.Programs(Composition.TTN), async cluster =>
    {
        // Not among them: cancelling what does not run, which 3.7 allows and 3.5 refuses.
        foreach ((DowngradeRequest.Types.DowngradeAction action, string version) in new[]
        {
            (DowngradeRequest.Types.DowngradeAction.Validate, "three"),
            (DowngradeRequest.Types.DowngradeAction.Validate, "3.3.0"),
            (DowngradeRequest.Types.DowngradeAction.Validate, "3.5.0"),
            (DowngradeRequest.Types.DowngradeAction.Enable, "3.9"),
        })
        {
            IMessage request = new DowngradeRequest { Action = action, Version = version };
            GrpcReply<DowngradeResponse>[] replies = await Task.WhenAll(new[] { cluster.Members[2], cluster.Members[0] }.Select(member =>
                member.Client.Grpc.CallAsync<DowngradeResponse>("/etcdserverpb.Maintenance/Downgrade", request)));
            Assert.Equal((replies[0].Status, replies[0].Text), (replies[1].Status, replies[1].Text));
        }
    });

    private static async Task<int> EndsSayingAsync(Cluster cluster, ServerBinary program, string says, Func<ClusterMember, string> initialCluster, string[] flags)
    {
        ClusterMember joining = cluster.NewMember(program);
        joining.MayFail = true;
        joining.Launch(initialCluster(joining), "existing", flags);
        int code = await joining.Program.EndsAsync();
        Assert.Contains(says, joining.Program.Log);
        return code;
    }
}

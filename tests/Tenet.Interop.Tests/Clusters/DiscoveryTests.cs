using Tenet.Interop.Tests.Processes;

namespace Tenet.Interop.Tests.Clusters;

/// <summary>Members that do not know each other find each other through an etcd that runs already.</summary>
public sealed class DiscoveryTests
{
    [InteropFact]
    [Trait("Run", "Long")]
    public async Task As_many_as_the_registry_says_found_the_cluster_and_who_comes_late_is_told_so()
    {
        using Scratch scratch = new();
        await using ServerProcess registry = await ServerProcess.StartAsync(Binaries.NewEtcd, scratch["registry"]);
        await registry.Client.PutAsync("/_etcd/registry/founders/_config/size", "3");
        await Cluster.RunAsync(new() { Discovery = (registry.Endpoint, "founders") }, Composition.Programs(Composition.TTT), async cluster =>
        {
            await Services.WorkThroughAllAsync(cluster, "founded");
            Assert.Equal(cluster.Members.Select(member => (member.Name, member.PeerUrl)).Order(), await ListAsync(cluster));

            ClusterMember late = cluster.NewMember(Binaries.Subject);
            late.MayFail = true;
            late.Launch("", "");
            Assert.Equal(1, await late.Program.EndsAsync());
            Assert.Contains("discovery: cluster is full", late.Log);

            // Who has data needs no registry.
            await registry.KillAsync();
            await Cluster.StopAsync(cluster.Members[0]);
            await cluster.Members[0].RestartAsync();
            await Services.WorkThroughAllAsync(cluster, "restarted");
            await cluster.ConvergedAsync();
        });
    }

    private static async Task<IOrderedEnumerable<(string Name, string PeerUrl)>> ListAsync(Cluster cluster) =>
        (await cluster.Members[0].Client.MembersAsync()).Value.Members.Select(member => (member.Name, Assert.Single(member.PeerURLs))).Order();
}

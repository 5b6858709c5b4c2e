using Tenet.Interop.Tests.Processes;

namespace Tenet.Interop.Tests.Clusters;

/// <summary>Every member of a running cluster is exchanged for the other program, on its own data directory, while clients write.</summary>
public sealed class RollingReplacementTests
{
    [InteropTheory]
    [InlineData(Composition.NNN)]
    [ThoroughData(Composition.OOO)]
    [Trait("Run", "Long")]
    public Task Members_go_from_etcd_to_Tenet_and_back_under_load_and_nothing_is_lost(string programs) =>
        Cluster.RunAsync(ClusterSettings.SmallSnapshots, Composition.Programs(programs), async cluster =>
        {
            ServerBinary etcd = cluster.Members[0].Binary;
            await using ClusterLoad load = ClusterLoad.Start(cluster, 1);
            await load.GoesOnAsync();
            foreach (ServerBinary next in new[] { Binaries.Subject, etcd })
            {
                foreach (ClusterMember member in cluster.Members)
                {
                    await Cluster.StopAsync(member);
                    // Without it the others have to serve, and it falls behind their logs.
                    await load.GoesOnAsync(150);
                    member.Binary = next;
                    await member.RestartAsync();
                    await cluster.LeaderAsync();
                    await load.GoesOnAsync();
                }
            }
            await load.StopAndCheckAsync();
        });
}

using Tenet.Interop.Tests.Processes;

namespace Tenet.Interop.Tests.Clusters;

/// <summary>Every member of a running cluster is exchanged for the other program, on its own data directory, while clients write.</summary>
public sealed class RollingReplacementTests
{
    [InteropFact]
    public Task Members_go_from_etcd_3_5_30_to_Tenet_and_back_under_load_and_nothing_is_lost() => ReplaceAsync(Binaries.NewEtcd, seed: 1);

    [InteropFact]
    public Task Members_go_from_etcd_3_5_16_to_Tenet_and_back_under_load_and_nothing_is_lost() => ReplaceAsync(Binaries.OldEtcd, seed: 2);

    /// <param name="etcd">Where it begins and ends.</param>
    /// <param name="seed">For what the clients do.</param>
    private static Task ReplaceAsync(ServerBinary etcd, ulong seed) =>
        Cluster.RunAsync(ClusterSettings.SmallSnapshots, [etcd, etcd, etcd], async cluster =>
        {
            await using ClusterLoad load = ClusterLoad.Start(cluster, seed);
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

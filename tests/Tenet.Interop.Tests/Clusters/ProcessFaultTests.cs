using System.Globalization;
using Tenet.Foundation.Randomness;
using Tenet.Interop.Tests.Processes;

namespace Tenet.Interop.Tests.Clusters;

/// <summary>
/// What happens to real processes: they are killed, they stand still, the network between them fails. Meanwhile clients write and read, and
/// in the end every member holds the same, which is what the clients were told.
/// </summary>
public sealed class ProcessFaultTests
{
    private static readonly ServerBinary[] ThreeTenets = [Binaries.Subject, Binaries.Subject, Binaries.Subject];

    /// <summary>TENET_CLUSTER_ROUNDS rounds of each kind of fault.</summary>
    private static readonly int Rounds =
        int.TryParse(Environment.GetEnvironmentVariable("TENET_CLUSTER_ROUNDS"), NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : 1;

    [InteropFact]
    public Task Members_are_killed_one_two_or_all_at_a_time() => Cluster.RunAsync(ClusterSettings.SmallSnapshots, ThreeTenets, async cluster =>
    {
        SeededRandom random = new(11);
        await using ClusterLoad load = ClusterLoad.Start(cluster, 12);
        for (int round = 0; round < Rounds; round++)
        {
            await load.GoesOnAsync(20 + random.Next(60));
            ClusterMember leader = await cluster.LeaderAsync();
            await leader.Program.KillAsync();
            await load.GoesOnAsync(100);
            await leader.RestartAsync();

            ClusterMember follower = cluster.Members.First(member => member != leader);
            await follower.Program.KillAsync();
            await load.GoesOnAsync(random.Next(200));
            await follower.RestartAsync();
            await load.GoesOnAsync();

            await Task.WhenAll(cluster.Members.Skip(round % 2).Select(member => member.Program.KillAsync()));
            await Task.WhenAll(cluster.Members.Skip(round % 2).Select(member => member.RestartAsync()));
            await load.GoesOnAsync();
        }
        await load.StopAndCheckAsync();
    });

    [InteropFact]
    public Task Members_stand_still_and_go_on() => Cluster.RunAsync(ClusterSettings.SmallSnapshots, ThreeTenets, async cluster =>
    {
        await using ClusterLoad load = ClusterLoad.Start(cluster, 22);
        for (int round = 0; round < Rounds; round++)
        {
            ClusterMember leader = await cluster.LeaderAsync();
            await leader.Program.PauseAsync();
            // The others elect one of them, and it must not matter what the old leader still believes when it goes on.
            ClusterMember next = await cluster.LeaderAsync();
            Assert.NotEqual(leader, next);
            await load.GoesOnAsync(100);
            await leader.Program.ResumeAsync();
            await cluster.LeaderAsync();
            await load.GoesOnAsync();

            ClusterMember follower = cluster.Members.First(member => member != next);
            await follower.Program.PauseAsync();
            await load.GoesOnAsync(100);
            await follower.Program.ResumeAsync();
            await cluster.LeaderAsync();
            await load.GoesOnAsync();
        }
        await load.StopAndCheckAsync();
    });

    [InteropFact]
    [Trait("Run", "Long")]
    public Task The_network_between_members_fails() => Cluster.RunAsync(ClusterSettings.SmallSnapshots with { Relays = true }, ThreeTenets, async cluster =>
    {
        await using ClusterLoad load = ClusterLoad.Start(cluster, 32);
        for (int round = 0; round < Rounds; round++)
        {
            foreach (Action<PeerLinks, string, string[]> fault in Faults)
            {
                ClusterMember leader = await cluster.LeaderAsync();
                fault(cluster.Links, leader.Name, [.. cluster.Members.Where(member => member != leader).Select(member => member.Name)]);
                await load.GoesOnAsync(100);
                cluster.Links.Heal();
                await cluster.LeaderAsync();
                await load.GoesOnAsync();
            }
        }
        await load.StopAndCheckAsync();
    });

    /// <summary>Each leaves a majority that can talk.</summary>
    private static readonly Action<PeerLinks, string, string[]>[] Faults =
    [
        (links, leader, others) => links.Isolate(leader, others),
        (links, leader, others) => links.Isolate(others[0], [leader, others[1]]),
        // The leader is heard, but hears nobody.
        (links, leader, others) => Array.ForEach(others, other => links.Block(other, leader)),
        // The leader hears, but is not heard.
        (links, leader, others) => Array.ForEach(others, other => links.Block(leader, other)),
        (links, leader, others) => links.Block(leader, others[0]),
        (links, leader, others) => links.Block(others[0], leader),
        (links, leader, others) =>
        {
            foreach (string other in others)
            {
                links.Delay(leader, other, TimeSpan.FromMilliseconds(60));
                links.Delay(other, leader, TimeSpan.FromMilliseconds(20));
            }
        },
    ];
}

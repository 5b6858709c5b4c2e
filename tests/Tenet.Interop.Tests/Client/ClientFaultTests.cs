using Tenet.Client;
using Tenet.Interop.Tests.Clusters;
using Tenet.Tests.ClientFaults;
using Xunit.Abstractions;
using Cluster = Tenet.Interop.Tests.Clusters.Cluster;

namespace Tenet.Interop.Tests.Client;

/// <summary>Tenet.Client's watches and locks under faults of clusters of processes. TENET_CLIENT_ROUNDS sets how many (default 2).</summary>
public sealed class ClientFaultTests(ITestOutputHelper output)
{
    private static readonly ClusterSettings Settings = new() { Relays = true, HeartbeatMilliseconds = 50, ElectionMilliseconds = 500 };

    [InteropTheory]
    [InlineData(Composition.TTT)]
    [ThoroughData(Composition.NNN)]
    public Task Watches_and_locks_of_the_client_hold_while_leaders_are_killed_and_cut_off(string composition) =>
        Cluster.RunAsync(Settings, Composition.Programs(composition), async cluster =>
        {
            await using FaultRounds rounds = new(new ProcessCluster(cluster));
            output.WriteLine(await rounds.RunAsync(FaultRounds.Count(2)));
        });

    private sealed class ProcessCluster(Cluster cluster) : IFaultyCluster
    {
        private ClusterMember? _killed;

        public TenetClient CreateClient(Action<TenetClientOptions> configure)
        {
            TenetClientOptions options = new() { Endpoints = [.. cluster.Members.Select(member => $"127.0.0.1:{member.ClientPort}")] };
            configure(options);
            return new TenetClient(options);
        }

        public async Task KillLeaderAsync()
        {
            _killed = await cluster.LeaderAsync();
            await _killed.Program.KillAsync();
        }

        public Task RestartAsync() => _killed!.RestartAsync();

        public async Task IsolateLeaderAsync()
        {
            ClusterMember leader = await cluster.LeaderAsync();
            cluster.Links.Isolate(leader.Name, cluster.Members.Where(member => member != leader).Select(member => member.Name));
        }

        public Task HealAsync()
        {
            cluster.Links.Heal();
            return cluster.LeaderAsync();
        }
    }
}

using Tenet.Hosting.Testing;
using Tenet.Tests.ClientFaults;
using Xunit.Abstractions;

namespace Tenet.Client.Tests;

/// <summary>Watches and locks under faults of a cluster in this process. TENET_CLIENT_ROUNDS sets how many.</summary>
public sealed class ClientFaultTests(ITestOutputHelper output)
{
    [Fact]
    public Task Watches_and_locks_hold_while_a_leader_is_killed_and_one_is_cut_off() => HoldAsync(2);

    [Fact]
    [Trait("Run", "Long")]
    public Task Watches_and_locks_hold_while_leaders_are_killed_and_cut_off() => HoldAsync(FaultRounds.Count(6));

    private async Task HoldAsync(int count)
    {
        await using TenetTestCluster cluster = await TenetTestCluster.StartAsync();
        await using FaultRounds rounds = new(new InProcess(cluster));
        output.WriteLine(await rounds.RunAsync(count));
    }

    private sealed class InProcess(TenetTestCluster cluster) : IFaultyCluster
    {
        private int _killed;

        public TenetClient CreateClient(Action<TenetClientOptions> configure) => cluster.CreateClient(configure);

        public async Task KillLeaderAsync()
        {
            _killed = await cluster.WaitForLeaderAsync();
            cluster.Kill(_killed);
        }

        public Task RestartAsync() => cluster.RestartAsync(_killed);

        public async Task IsolateLeaderAsync() => cluster.Partition(await cluster.WaitForLeaderAsync());

        public Task HealAsync()
        {
            cluster.Heal();
            return cluster.WaitForLeaderAsync();
        }
    }
}

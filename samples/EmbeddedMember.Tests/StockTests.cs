using Tenet.Client;
using Tenet.Hosting;
using Tenet.Hosting.Testing;

namespace Tenet.Samples.EmbeddedMember;

/// <summary>Tests with a real member and real clusters, all within this process.</summary>
public sealed class StockTests
{
    private readonly CancellationToken _patience = new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    [Fact]
    public async Task Nobody_gets_what_another_has_taken()
    {
        await using TenetMember member = await TenetMember.StartAsync(TenetOptions.InMemory(), cancellation: _patience);
        await using TenetClient client = member.CreateClient();
        Stock stock = new(client);
        await stock.SetAsync("apple", 3, _patience);
        bool[] taken = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => stock.TryTakeAsync("apple", _patience)));
        Assert.Equal(3, taken.Count(static one => one));
        Assert.Equal(0, await stock.CountAsync("apple", _patience));
    }

    [Fact]
    public async Task Stock_is_kept_while_leaders_die()
    {
        // On a busy machine nobody takes silence for death; that a member has died is noticed at once all the same.
        TenetTestClusterOptions patient = new() { ElectionTimeout = TimeSpan.FromSeconds(3) };
        await using TenetTestCluster cluster = await TenetTestCluster.StartAsync(patient, _patience);
        await using TenetClient client = cluster.CreateClient();
        Stock stock = new(client);
        await stock.SetAsync("pear", 5, _patience);
        for (int i = 0; i < 3; i++)
        {
            int leader = await cluster.WaitForLeaderAsync(_patience);
            cluster.Kill(leader);
            await cluster.WaitForLeaderAsync(_patience);
            Assert.Equal(5 - i, await stock.CountAsync("pear", _patience));
            Assert.True(await stock.TryTakeAsync("pear", _patience));
            await cluster.RestartAsync(leader, _patience);
        }
        Assert.Equal(2, await stock.CountAsync("pear", _patience));
    }
}

using Tenet.Client;
using Tenet.Client.Calls;
using Tenet.Hosting.Testing;

namespace Tenet.Hosting.Tests;

public sealed class TenetTestClusterTests
{
    private static readonly CallOptions Impatient = new() { Timeout = TimeSpan.FromMilliseconds(500) };

    private readonly CancellationToken _patience = new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    [Fact]
    public async Task Three_members_serve_one_client()
    {
        await using TenetTestCluster cluster = await TenetTestCluster.StartAsync(cancellation: _patience);
        await using TenetClient client = cluster.CreateClient();
        await client.PutAsync("a", "1");
        Assert.Equal("1", await client.GetAsync("a"));
        int leader = await cluster.WaitForLeaderAsync(_patience);
        Assert.True(cluster[leader].Member.Status.IsLeader);
        for (int i = 0; i < cluster.Count; i++)
            Assert.Equal(cluster[leader].Member.Status.ClusterId, cluster[i].Member.Status.ClusterId);
    }

    [Fact]
    public async Task Writes_go_on_after_the_leader_was_killed_and_it_catches_up_when_it_is_back()
    {
        await using TenetTestCluster cluster = await TenetTestCluster.StartAsync(cancellation: _patience);
        await using TenetClient client = cluster.CreateClient();
        await client.PutAsync("a", "1");
        int killed = await cluster.WaitForLeaderAsync(_patience);
        cluster.Kill(killed);
        Assert.False(cluster.IsRunning(killed));
        Assert.Throws<InvalidOperationException>(() => cluster[killed]);
        int next = await cluster.WaitForLeaderAsync(_patience);
        Assert.NotEqual(killed, next);
        await client.PutAsync("a", "2");
        await cluster.RestartAsync(killed, _patience);
        Assert.Equal("2", await ReadAsync(cluster, killed, "a", "2"));
    }

    [Fact]
    public async Task What_was_acknowledged_survives_that_every_member_is_killed_at_once()
    {
        await using TenetTestCluster cluster = await TenetTestCluster.StartAsync(cancellation: _patience);
        await using TenetClient client = cluster.CreateClient();
        for (int round = 0; round < 5; round++)
        {
            for (int i = 0; i < 20; i++)
                await client.PutAsync($"key{i}", $"{round}.{i}");
            for (int i = 0; i < cluster.Count; i++)
                cluster.Kill(i);
            Assert.Null(cluster.Leader);
            await Task.WhenAll(Enumerable.Range(0, cluster.Count).Select(i => cluster.RestartAsync(i, _patience)));
            for (int i = 0; i < 20; i++)
                Assert.Equal($"{round}.{i}", await client.GetAsync($"key{i}"));
        }
    }

    [Fact]
    public async Task A_leader_that_is_cut_off_takes_no_writes_while_the_others_go_on()
    {
        await using TenetTestCluster cluster = await TenetTestCluster.StartAsync(cancellation: _patience);
        int cutOff = await cluster.WaitForLeaderAsync(_patience);
        await using TenetClient ofCutOff = cluster[cutOff].CreateClient();
        await ofCutOff.PutAsync("a", "before");
        cluster.Partition(cutOff);
        int leader = cutOff;
        while (leader == cutOff)
            leader = await cluster.WaitForLeaderAsync(_patience);
        await using TenetClient ofOthers = cluster[leader].CreateClient();
        await ofOthers.PutAsync("a", "meanwhile");
        // A key of its own: a write that timed out may still come about once the network is whole.
        await Assert.ThrowsAsync<CallException>(() => ofCutOff.PutAsync("b", "unanswered", Impatient));
        Assert.Equal("before", await ofCutOff.GetAsync("a", serializable: true));
        Assert.Null(await ofCutOff.GetAsync("b", serializable: true));
        cluster.Heal();
        Assert.Equal("meanwhile", await ReadAsync(cluster, cutOff, "a", "meanwhile"));
        Assert.Equal("meanwhile", await ofCutOff.GetAsync("a"));
    }

    [Fact]
    public async Task A_member_whose_disk_fails_stops_and_starts_again_on_a_new_one()
    {
        await using TenetTestCluster cluster = await TenetTestCluster.StartAsync(cancellation: _patience);
        await using TenetClient client = cluster.CreateClient();
        int leader = await cluster.WaitForLeaderAsync(_patience);
        int failing = (leader + 1) % cluster.Count;
        await using TenetClient ofLeader = cluster[leader].CreateClient();
        cluster.FailStorage(failing);
        await ofLeader.PutAsync("a", "1");
        Assert.Contains("input/output error", await cluster[failing].Failure.WaitAsync(_patience));
        await client.PutAsync("a", "2");
        await cluster.RestartAsync(failing, _patience);
        Assert.Equal("2", await ReadAsync(cluster, failing, "a", "2"));
    }

    [Fact]
    public async Task A_cluster_of_five_serves_while_two_are_dead()
    {
        await using TenetTestCluster cluster = await TenetTestCluster.StartAsync(5, _patience);
        await using TenetClient client = cluster.CreateClient();
        cluster.Kill(0);
        cluster.Kill(1);
        await cluster.WaitForLeaderAsync(_patience);
        await client.PutAsync("a", "1");
        Assert.Equal("1", await client.GetAsync("a"));
    }

    /// <summary>What one member holds itself, when it has got so far.</summary>
    private async Task<string?> ReadAsync(TenetTestCluster cluster, int index, string key, string expected)
    {
        await using TenetClient client = cluster[index].CreateClient();
        while (true)
        {
            string? value = await client.GetAsync(key, serializable: true);
            if (value == expected || _patience.IsCancellationRequested)
                return value;
            await Task.Delay(10, _patience);
        }
    }
}

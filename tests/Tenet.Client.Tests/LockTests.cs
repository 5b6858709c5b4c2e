using Tenet.Client.Tests.Servers;

namespace Tenet.Client.Tests;

[Collection(SharedServersCollection.Name)]
public sealed class LockTests(SharedServers servers)
{
    [Theory]
    [OnTenet]
    [OnEtcd]
    public async Task A_lock_is_held_by_one_and_given_in_the_order_of_asking_with_a_greater_fencing_revision(ServerKind kind)
    {
        await using TenetClient client = await servers.ClientAsync(kind);
        HeldLock first = await client.Locks.AcquireAsync("locks/one");
        Assert.True(first.IsHeld);
        Assert.Null(await client.Locks.TryAcquireAsync("locks/one"));
        Task<HeldLock> second = client.Locks.AcquireAsync("locks/one");
        await QueuedAsync(client, "locks/one", 2);
        Task<HeldLock> third = client.Locks.AcquireAsync("locks/one");
        await QueuedAsync(client, "locks/one", 3);
        Assert.False(second.IsCompleted);
        await first.DisposeAsync();
        Assert.True(first.Lost.IsCancellationRequested);
        await using HeldLock held = await second;
        Assert.True(held.FencingRevision > first.FencingRevision);
        Assert.False(third.IsCompleted);
        await held.DisposeAsync();
        await using HeldLock last = await third;
        Assert.True(last.FencingRevision > held.FencingRevision);
    }

    [Theory]
    [OnTenet]
    [OnEtcd]
    public async Task Whoever_stops_waiting_leaves_the_queue(ServerKind kind)
    {
        await using TenetClient client = await servers.ClientAsync(kind);
        await using HeldLock held = await client.Locks.AcquireAsync("locks/left");
        using CancellationTokenSource stop = new();
        Task<HeldLock> waiting = client.Locks.AcquireAsync("locks/left", null, stop.Token);
        await QueuedAsync(client, "locks/left", 2);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await QueuedAsync(client, "locks/left", 1);
    }

    [Theory]
    [OnTenet]
    [OnEtcd]
    public async Task A_lock_whose_key_somebody_deletes_is_lost_and_writes_nothing_more(ServerKind kind)
    {
        await using TenetClient client = await servers.ClientAsync(kind);
        await using HeldLock held = await client.Locks.AcquireAsync("locks/deleted");
        Txn Write() => client.Kv.Txn().If(held.StillHeld).Then(Operation.Put("locks-guarded", "x"));
        Assert.True((await Write().CommitAsync()).Succeeded);
        TaskCompletionSource lost = new();
        using CancellationTokenRegistration registration = held.Lost.Register(lost.SetResult);
        await client.Kv.DeleteAsync(held.Key);
        Assert.False((await Write().CommitAsync()).Succeeded);
        await lost.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(held.IsHeld);
    }

    [Theory]
    [OnTenet]
    [OnEtcd]
    public async Task A_waiting_place_that_is_lost_is_told(ServerKind kind)
    {
        await using TenetClient client = await servers.ClientAsync(kind);
        await using HeldLock held = await client.Locks.AcquireAsync("locks/place");
        Task<HeldLock> waiting = client.Locks.AcquireAsync("locks/place");
        RangeResult queue = await QueuedAsync(client, "locks/place", 2);
        await client.Kv.DeleteAsync(queue.Items.MaxBy(item => item.CreateRevision)!.KeyText);
        await held.DisposeAsync();
        await Assert.ThrowsAsync<OwnershipLostException>(() => waiting);
    }

    [Theory]
    [OnTenet]
    [OnEtcd]
    public async Task An_election_is_won_by_one_and_observed_by_all(ServerKind kind)
    {
        await using TenetClient client = await servers.ClientAsync(kind);
        await using IAsyncEnumerator<KeyValue> observed = client.Elections.ObserveAsync("election").GetAsyncEnumerator();
        Assert.Null(await client.Elections.LeaderAsync("election"));
        Leadership first = await client.Elections.CampaignAsync("election", "first");
        Task<Leadership> candidate = client.Elections.CampaignAsync("election", "second");
        await QueuedAsync(client, "election", 2);
        Assert.Equal("first", await NextAsync(observed));
        await first.ProclaimAsync("first again");
        Assert.Equal("first again", await NextAsync(observed));
        Assert.Equal("first again", (await client.Elections.LeaderAsync("election"))!.ValueText);
        await first.DisposeAsync();
        await using Leadership second = await candidate;
        Assert.Equal("second", await NextAsync(observed));
        Assert.True(second.FencingRevision > first.FencingRevision);
        await Assert.ThrowsAsync<OwnershipLostException>(() => first.ProclaimAsync("too late"));
    }

    private static async Task<RangeResult> QueuedAsync(TenetClient client, string name, int count)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30));
        while (true)
        {
            RangeResult queue = await client.Kv.RangeAsync(KeyRange.Prefix(name + "/"), null, limit.Token);
            if (queue.Count == count)
                return queue;
            await Task.Delay(10, limit.Token);
        }
    }

    private static async Task<string> NextAsync(IAsyncEnumerator<KeyValue> observed)
    {
        Assert.True(await observed.MoveNextAsync());
        return observed.Current.ValueText;
    }
}

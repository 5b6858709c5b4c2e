using Tenet.Client.Calls;
using Tenet.Client.Tests.Servers;

namespace Tenet.Client.Tests;

[Collection(SharedServersCollection.Name)]
public sealed class WatchTests(SharedServers servers)
{
    [Theory]
    [OnTenet]
    [OnEtcd]
    public async Task A_watch_tells_history_and_then_what_happens_with_what_was_before(ServerKind kind)
    {
        await using TenetClient client = await servers.ClientAsync(kind);
        long first = (await client.Kv.PutAsync("watch/a", "1")).Revision;
        await client.Kv.PutAsync("watch/b", "2");
        await using IAsyncEnumerator<WatchEvent> events = Follow(client, "watch/", new WatchOptions { StartRevision = first, Previous = true });
        Assert.Equal("Put watch/a=1 was ", await NextAsync(events));
        Assert.Equal("Put watch/b=2 was ", await NextAsync(events));
        await client.Kv.PutAsync("watch/a", "3");
        await client.Kv.DeleteAsync("watch/a");
        Assert.Equal("Put watch/a=3 was 1", await NextAsync(events));
        Assert.Equal("Delete watch/a= was 3", await NextAsync(events));
    }

    [Theory]
    [OnTenet]
    [OnEtcd]
    public async Task Filters_leave_out_what_is_not_wanted(ServerKind kind)
    {
        await using TenetClient client = await servers.ClientAsync(kind);
        long first = (await client.Kv.PutAsync("filter/a", "1")).Revision;
        await client.Kv.DeleteAsync("filter/a");
        await client.Kv.PutAsync("filter/a", "2");
        await using IAsyncEnumerator<WatchEvent> deletions = Follow(client, "filter/", new WatchOptions { StartRevision = first, WithoutPuts = true });
        Assert.Equal("Delete filter/a= was ", await NextAsync(deletions));
        await using IAsyncEnumerator<WatchEvent> puts = Follow(client, "filter/", new WatchOptions { StartRevision = first, WithoutDeletes = true });
        Assert.Equal("Put filter/a=1 was ", await NextAsync(puts));
        Assert.Equal("Put filter/a=2 was ", await NextAsync(puts));
    }

    [Theory]
    [OnTenet]
    [OnEtcd]
    public async Task What_a_transaction_changed_comes_in_one_batch_even_if_the_server_must_split_it(ServerKind kind)
    {
        await using TenetClient client = await servers.ClientAsync(kind);
        // Four values of 700 KB: three transactions of history that no single response below the server's limit holds, then one revision of many keys.
        byte[] value = new byte[700_000];
        long first = (await client.Kv.PutAsync("split/0", value)).Revision;
        await client.Kv.Txn().Then(Operation.Put("split/1"u8.ToArray(), value), Operation.Put("split/2"u8.ToArray(), value)).CommitAsync();
        await client.Kv.Txn().Then(Operation.Put("split/1"u8.ToArray(), value), Operation.Put("split/2"u8.ToArray(), value)).CommitAsync();
        await using IAsyncEnumerator<WatchBatch> batches = client.Watch
            .BatchesAsync(KeyRange.Prefix("split/"), new WatchOptions { StartRevision = first, Previous = true }).GetAsyncEnumerator();
        List<WatchEvent> seen = [];
        while (seen.Count < 5)
        {
            Assert.True(await batches.MoveNextAsync());
            seen.AddRange(batches.Current.Events);
            // Whole revisions only: the number of events up to any boundary is 1, 3 or 5.
            Assert.True(seen.Count % 2 == 1, $"a batch ends after {seen.Count} events");
            Assert.Equal(seen[^1].Item.ModRevision, batches.Current.Revision);
        }
        Assert.Equal([first, first + 1, first + 1, first + 2, first + 2], seen.Select(change => change.Item.ModRevision));
        await client.Kv.DeleteAsync(KeyRange.Prefix("split/"));
    }

    [Theory]
    [OnTenet]
    [OnEtcd]
    public async Task A_watch_whose_history_was_compacted_says_so_and_what_is_left(ServerKind kind)
    {
        await using TenetClient client = await servers.ClientAsync(kind);
        long first = (await client.Kv.PutAsync("compact/a", "1")).Revision;
        long second = (await client.Kv.PutAsync("compact/a", "2")).Revision;
        await client.Kv.CompactAsync(second);
        await using IAsyncEnumerator<WatchEvent> gone = Follow(client, "compact/", new WatchOptions { StartRevision = first });
        CompactedException told = await Assert.ThrowsAsync<CompactedException>(() => NextAsync(gone));
        Assert.Equal((second, first), (told.CompactRevision, told.WantedRevision));
        await using IAsyncEnumerator<WatchEvent> left = Follow(client, "compact/", new WatchOptions { StartRevision = told.CompactRevision });
        Assert.Equal("Put compact/a=2 was ", await NextAsync(left));
    }

    [Theory]
    [OnTenet]
    [OnEtcd]
    public async Task Giving_up_ends_a_watch_at_once(ServerKind kind)
    {
        await using TenetClient client = await servers.ClientAsync(kind);
        using CancellationTokenSource stop = new();
        await using IAsyncEnumerator<WatchEvent> events = client.Watch.EventsAsync(KeyRange.Single("nobody"), null, stop.Token).GetAsyncEnumerator();
        ValueTask<bool> next = events.MoveNextAsync();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
    }

    [Theory]
    [OnTenet]
    [OnEtcd]
    public async Task A_watch_that_the_server_refuses_says_why(ServerKind kind)
    {
        await using TenetClient client = await servers.ClientAsync(kind);
        await using IAsyncEnumerator<WatchEvent> events = client.Watch.EventsAsync(KeyRange.Between("b", "a")).GetAsyncEnumerator();
        CallException refusal = await Assert.ThrowsAsync<CallException>(async () => await events.MoveNextAsync());
        Assert.Equal("mvcc: watcher range is empty", refusal.Message);
    }

    [Theory]
    [OnTenet]
    [OnEtcd]
    public async Task A_watch_goes_on_over_restarts_without_gap_or_duplicate(ServerKind kind)
    {
        await using TestServer server = await TestServer.StartAsync(kind);
        await using TenetClient client = server.Client();
        long first = (await client.Kv.PutAsync("restart/0", "")).Revision;
        await using IAsyncEnumerator<WatchEvent> events = Follow(client, "restart/", new WatchOptions { StartRevision = first });
        Assert.Equal("Put restart/0= was ", await NextAsync(events));
        for (int i = 1; i <= 3; i++)
        {
            ValueTask<bool> next = events.MoveNextAsync();
            await server.StopAsync();
            await server.StartAsync();
            await client.Kv.PutAsync($"restart/{i}", "");
            Assert.True(await next);
            Assert.Equal($"restart/{i}", events.Current.Item.KeyText);
        }
    }

    [Theory]
    [OnTenet]
    [OnEtcd]
    public async Task A_slow_reader_misses_nothing(ServerKind kind)
    {
        await using TenetClient client = await servers.ClientAsync(kind);
        const int Count = 300;
        byte[] value = new byte[10_000];
        long first = (await client.Kv.PutAsync("slow/first", "")).Revision;
        await using IAsyncEnumerator<WatchEvent> events = Follow(client, "slow/", new WatchOptions { StartRevision = first });
        Assert.Equal("Put slow/first= was ", await NextAsync(events));
        // Much more than the windows of the stream and of the connection hold.
        for (int i = 0; i < Count; i++)
            await client.Kv.PutAsync($"slow/{i}", value);
        for (int i = 0; i < Count; i++)
        {
            Assert.True(await events.MoveNextAsync());
            Assert.Equal($"slow/{i}", events.Current.Item.KeyText);
        }
        await client.Kv.DeleteAsync(KeyRange.Prefix("slow/"));
    }

    private static IAsyncEnumerator<WatchEvent> Follow(TenetClient client, string prefix, WatchOptions options) =>
        client.Watch.EventsAsync(KeyRange.Prefix(prefix), options).GetAsyncEnumerator();

    private static async Task<string> NextAsync(IAsyncEnumerator<WatchEvent> events)
    {
        Assert.True(await events.MoveNextAsync());
        WatchEvent change = events.Current;
        return $"{change.Kind} {change.Item.KeyText}={change.Item.ValueText} was {change.Previous?.ValueText}";
    }
}

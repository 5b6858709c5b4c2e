using Microsoft.Extensions.DependencyInjection;
using Tenet.Client.Tests.Servers;

namespace Tenet.Client.Tests;

/// <summary>The README's examples, as they stand there.</summary>
[Collection(SharedServersCollection.Name)]
public sealed class ExampleTests(SharedServers servers)
{
    [Fact]
    public async Task The_examples_do_what_they_say()
    {
        await using TenetClient client = await servers.ClientAsync(ServerKind.Tenet);
        CancellationToken stop = CancellationToken.None;
        await client.Kv.PutAsync("greeting", "hello");
        KeyValue? greeting = await client.Kv.GetAsync("greeting");
        Assert.Equal("hello", greeting!.ValueText);

        TxnResult claimed = await client.Kv.Txn()
            .If(Condition.Missing("owner"))
            .Then(Operation.Put("owner", "me"))
            .Else(Operation.Get("owner"))
            .CommitAsync(stop);
        Assert.True(claimed.Succeeded);

        RangeResult now = await client.Kv.RangeAsync(KeyRange.Prefix("config/"));
        await client.Kv.PutAsync("config/a", "1");
        await foreach (WatchEvent change in client.Watch.EventsAsync(KeyRange.Prefix("config/"), new WatchOptions { StartRevision = now.Revision + 1 }, stop))
        {
            Assert.Equal("Put config/a = 1", $"{change.Kind} {change.Item.KeyText} = {change.Item.ValueText}");
            break;
        }

        await using HeldLock held = await client.Locks.AcquireAsync("jobs/nightly", new LockOptions { TimeToLive = TimeSpan.FromSeconds(15) }, stop);
        await WorkAsync(held.FencingRevision, held.Lost);
        Assert.True((await client.Kv.Txn().If(held.StillHeld).Then(Operation.Put("jobs/nightly-done", "yes")).CommitAsync(stop)).Succeeded);
    }

    [Fact]
    public async Task A_service_is_made_as_the_examples_say()
    {
        ServiceCollection services = new();
        services.AddTenetClient(options => options.Endpoints.Add("https://member-1:2379"));
        await using ServiceProvider provider = services.BuildServiceProvider();
        Assert.NotNull(provider.GetRequiredService<TenetClient>().Kv);
    }

    private static Task WorkAsync(long fencingRevision, CancellationToken lost)
    {
        Assert.True(fencingRevision > 0);
        return lost.IsCancellationRequested ? Task.FromCanceled(lost) : Task.CompletedTask;
    }
}

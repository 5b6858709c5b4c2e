using Tenet.Client;
using Tenet.Interop.Tests.Processes;

namespace Tenet.Interop.Tests.Client;

/// <summary>The client's locks and elections stand in one queue with etcdctl's, in Tenet and in real etcd.</summary>
public sealed class RecipesTests
{
    [InteropFact]
    public Task A_lock_of_the_client_excludes_etcdctl_and_the_other_way_round() => OnBothAsync(async (client, endpoint) =>
    {
        HeldLock held = await client.Locks.AcquireAsync("queue");
        Task<ToolResult> tool = Tool.RunAsync(Binaries.Etcdctl, ["--endpoints", endpoint, "lock", "queue", "sleep", "1"]);
        await QueuedAsync(client, "queue", 2);
        Task<HeldLock> next = client.Locks.AcquireAsync("queue");
        await QueuedAsync(client, "queue", 3);
        Assert.False(tool.IsCompleted);
        await held.DisposeAsync();
        await QueuedAsync(client, "queue", 2);
        // etcdctl has it now.
        Assert.Null(await client.Locks.TryAcquireAsync("queue"));
        Assert.False(next.IsCompleted);
        ToolResult result = await tool;
        Assert.True(result.ExitCode == 0, result.Errors);
        await using HeldLock last = await next;
        Assert.True(last.FencingRevision > held.FencingRevision);
    });

    [InteropFact]
    public Task An_election_of_the_client_is_seen_by_etcdctl_and_the_other_way_round() => OnBothAsync(async (client, endpoint) =>
    {
        Leadership office = await client.Elections.CampaignAsync("office", "the client");
        using CancellationTokenSource stop = new(TimeSpan.FromSeconds(60));
        using System.Diagnostics.Process tool = Tool.Start(Binaries.Etcdctl, ["--endpoints", endpoint, "elect", "office", "the tool"]);
        await QueuedAsync(client, "office", 2);
        await using IAsyncEnumerator<KeyValue> leaders = client.Elections.ObserveAsync("office", stop.Token).GetAsyncEnumerator();
        Assert.True(await leaders.MoveNextAsync());
        Assert.Equal("the client", leaders.Current.ValueText);
        await office.DisposeAsync();
        Assert.True(await leaders.MoveNextAsync());
        Assert.Equal("the tool", leaders.Current.ValueText);
        tool.Kill();
        await tool.WaitForExitAsync(stop.Token);
    });

    private static async Task OnBothAsync(Func<TenetClient, string, Task> test)
    {
        foreach (ServerBinary binary in new[] { Binaries.Subject, Binaries.NewEtcd })
        {
            using Scratch scratch = new();
            await using ServerProcess server = await ServerProcess.StartAsync(binary, scratch["data"]);
            await using TenetClient client = new(server.Endpoint);
            await test(client, server.Endpoint);
        }
    }

    private static async Task QueuedAsync(TenetClient client, string name, int count)
    {
        long seen = -1;
        while (seen != count)
        {
            seen = (await client.Kv.RangeAsync(KeyRange.Prefix(name + "/"), new RangeOptions { CountOnly = true })).Count;
            await Task.Delay(10);
        }
    }
}

using System.Diagnostics;

namespace Tenet.Bench.Cluster;

/// <summary>
/// Kills the leader and measures until the next write is acknowledged. The writer sends each member that is left a put every few
/// milliseconds, whatever became of those before, so it never waits for one that cannot be answered.
/// </summary>
internal sealed class Failover(BenchCluster cluster)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Long enough for every connection between members to be up again, whatever their pauses between two tries.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    /// <summary>One round; ends when the killed member is back and in sync.</summary>
    public async Task<TimeSpan> RunRoundAsync()
    {
        int leader = await cluster.WaitInSyncAsync();
        await Task.Delay(Rest);
        MemberCalls[] others = [.. cluster.Calls.Where((_, number) => number != leader)];
        foreach (MemberCalls other in others)
        {
            if (!await other.TryPutAsync("before", Patience))
                throw new InvalidOperationException("a put failed before any member was killed");
        }

        TimeSpan took = await KillAndWriteAsync(cluster.Members[leader], others);
        cluster.Members[leader].Dispose();
        cluster.StartMember(leader);
        await cluster.Members[leader].WaitHealthyAsync();
        return took;
    }

    private static async Task<TimeSpan> KillAndWriteAsync(BenchServer leader, MemberCalls[] others)
    {
        TaskCompletionSource<TimeSpan> written = new(TaskCreationOptions.RunContinuationsAsynchronously);
        long began = Stopwatch.GetTimestamp();
        leader.Kill();
        List<Task> puts = [];
        while (!written.Task.IsCompleted && Stopwatch.GetElapsedTime(began) < Limit)
        {
            puts.AddRange(others.Select(PutAsync));
            await Task.WhenAny(written.Task, Task.Delay(Interval));
        }
        await Task.WhenAll(puts);
        return written.Task.IsCompleted ? await written.Task : throw new InvalidOperationException("nobody took over");

        async Task PutAsync(MemberCalls member)
        {
            if (await member.TryPutAsync("after", Patience))
                written.TrySetResult(Stopwatch.GetElapsedTime(began));
        }
    }
}

using Google.Protobuf;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;
using Tenet.Proxy.Tests.Support;
using static Tenet.Proxy.Tests.Support.ProxyBed;

namespace Tenet.Proxy.Tests.Watching;

/// <summary>Watchers come at random times, for random keys, from random revisions on, while keys are written and connections to the server break.</summary>
public sealed class RandomWatchTests
{
    private const int Writes = 400;
    private const int Watchers = 40;
    private const int Keys = 3;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Each_watcher_gets_exactly_the_events_from_his_start_on_in_order(int seed)
    {
        Random random = new(seed);
        await using ProxyBed bed = await StartAsync();
        List<(long Revision, string Key)> history = [];
        List<Task> watching = [];
        List<WatchCaller> callers = [];
        TaskCompletionSource<long> end = new(TaskCreationOptions.RunContinuationsAsynchronously);
        for (int i = 0; i < Writes; i++)
        {
            if (i % (Writes / Watchers) == 0)
            {
                WatchCaller caller = new(bed.Client);
                callers.Add(caller);
                watching.Add(WatchAsync(caller, random.Next(Keys + 1), random.Next(3) == 0 ? 0 : Math.Min(random.Next(1, history.Count + 20), Writes)));
            }
            if (random.Next(60) == 0)
                await bed.Probe.BreakStreamsAsync();
            string key = $"k{random.Next(Keys)}";
            PutResponse put = await bed.Client.UnaryAsync(KvMethods.Put, new PutRequest { Key = B(key), Value = B($"{i}") }, CallOptions.None);
            history.Add((put.Header.Revision, key));
        }
        // The last write to every key tells each watcher that his events are complete.
        for (int key = 0; key < Keys; key++)
        {
            PutResponse put = await bed.Client.UnaryAsync(KvMethods.Put, new PutRequest { Key = B($"k{key}"), Value = B("end") }, CallOptions.None);
            history.Add((put.Header.Revision, $"k{key}"));
        }
        end.SetResult(history[^1].Revision);
        await Task.WhenAll(watching).WaitAsync(Patience);
        Assert.InRange(bed.Proxy.WatchCount, Keys, Watchers);
        foreach (WatchCaller caller in callers)
            await caller.DisposeAsync();
        await EventuallyAsync(() => bed.Proxy.WatchCount == 0, "watches outlive their watchers");

        async Task WatchAsync(WatchCaller caller, int key, int start)
        {
            // One key, or all of them.
            ByteString first = B(key == Keys ? "k" : $"k{key}");
            WatchResponse created = await caller.WatchAsync(first.ToStringUtf8(), start, request => request.RangeEnd = B(key == Keys ? "l" : ""));
            long from = start > 0 ? start : created.Header.Revision + 1;
            List<(long Revision, string Key)> seen = [];
            int ends = 0;
            while (ends < (key == Keys ? Keys : 1))
            {
                foreach (Event change in (await caller.ReadAsync()).Events)
                {
                    seen.Add((change.Kv.ModRevision, change.Kv.Key.ToStringUtf8()));
                    ends += change.Kv.Value.ToStringUtf8() == "end" ? 1 : 0;
                }
            }
            await end.Task;
            Assert.Equal(history.Where(write => write.Revision >= from && (key == Keys || write.Key == $"k{key}")), seen);
        }
    }
}

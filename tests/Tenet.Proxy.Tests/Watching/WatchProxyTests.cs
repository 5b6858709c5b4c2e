using Google.Protobuf;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Proxy.Tests.Support;
using static Tenet.Proxy.Tests.Support.ProxyBed;

namespace Tenet.Proxy.Tests.Watching;

public sealed class WatchProxyTests
{
    [Fact]
    public async Task Watchers_of_one_range_share_one_watch_and_each_gets_every_event()
    {
        await using ProxyBed bed = await StartAsync();
        await bed.PutAsync("a", "before");
        List<WatchCaller> callers = [.. Enumerable.Range(0, 4).Select(_ => new WatchCaller(bed.Client))];
        foreach (WatchCaller caller in callers)
        {
            for (int i = 0; i < 3; i++)
            {
                WatchResponse created = await caller.WatchAsync("a");
                Assert.Equal((i, 2), (created.WatchId, created.Header.Revision));
            }
        }
        Assert.Equal(1, bed.Proxy.WatchCount);
        await bed.PutAsync("a", "1");
        await bed.PutAsync("a", "2");
        foreach (WatchCaller caller in callers)
        {
            List<string> seen = [];
            for (int i = 0; i < 6; i++)
            {
                WatchResponse response = await caller.ReadAsync();
                seen.Add($"{response.WatchId}:{Assert.Single(response.Events).Kv.Value.ToStringUtf8()}@{response.Header.Revision}");
            }
            Assert.Equal(["0:1@3", "0:2@4", "1:1@3", "1:2@4", "2:1@3", "2:2@4"], seen.Order());
        }
        Assert.Equal(11, Metric(bed, "etcd_grpc_proxy_watchers_coalescing_total"));
        Assert.Equal(22, Metric(bed, "etcd_grpc_proxy_events_coalescing_total"));

        foreach (WatchCaller caller in callers)
            await caller.DisposeAsync();
        await EventuallyAsync(() => bed.Proxy.WatchCount == 0, "the watch outlives its watchers");
    }

    [Fact]
    public async Task A_watcher_who_begins_in_the_past_is_alone_until_he_has_caught_up()
    {
        await using ProxyBed bed = await StartAsync();
        await using WatchCaller live = new(bed.Client);
        await live.WatchAsync("a");
        for (int i = 0; i < 5; i++)
            await bed.PutAsync("a", $"{i}");
        Assert.Equal(["0", "1", "2", "3", "4"], await live.EventsAsync(5));

        await using WatchCaller late = new(bed.Client);
        await late.WatchAsync("a", start: 3);
        Assert.Equal(["1", "2", "3", "4"], await late.EventsAsync(4));
        await bed.PutAsync("a", "5");
        Assert.Equal(["5"], await live.EventsAsync(1));
        Assert.Equal(["5"], await late.EventsAsync(1));
        await EventuallyAsync(() => bed.Proxy.WatchCount == 1, "the watches are not merged");
        await bed.PutAsync("a", "6");
        Assert.Equal(["6"], await live.EventsAsync(1));
        Assert.Equal(["6"], await late.EventsAsync(1));

        // And one who begins in the future joins at once.
        await using WatchCaller early = new(bed.Client);
        await early.WatchAsync("a", start: 10);
        Assert.Equal(1, bed.Proxy.WatchCount);
        await bed.PutAsync("a", "7");
        await bed.PutAsync("a", "8");
        Assert.Equal(["8"], await early.EventsAsync(1));
    }

    [Fact]
    public async Task Each_watcher_gets_what_he_asked_for()
    {
        await using ProxyBed bed = await StartAsync();
        await bed.PutAsync("a", "1");
        await using WatchCaller deletions = new(bed.Client);
        await deletions.WatchAsync("a", more: static request => request.Filters.Add(WatchCreateRequest.Types.FilterType.Noput));
        await using WatchCaller puts = new(bed.Client);
        await puts.WatchAsync("a", more: static request => request.Filters.Add(WatchCreateRequest.Types.FilterType.Nodelete));
        await using WatchCaller before = new(bed.Client);
        await before.WatchAsync("a", more: static request => request.PrevKv = true);
        await bed.PutAsync("a", "2");
        await bed.Client.UnaryAsync(KvMethods.DeleteRange, new DeleteRangeRequest { Key = B("a") }, CallOptions.None);
        await bed.PutAsync("a", "3");

        Assert.Equal(["-"], await deletions.EventsAsync(1));
        WatchResponse put = await puts.ReadAsync();
        Assert.Null(Assert.Single(put.Events).PrevKv);
        Assert.Equal(["3"], await puts.EventsAsync(1));
        Assert.Equal("1", Assert.Single((await before.ReadAsync()).Events).PrevKv.Value.ToStringUtf8());
    }

    [Fact]
    public async Task Ids_are_the_callers_own_and_cancelling_is_answered()
    {
        await using ProxyBed bed = await StartAsync();
        await using WatchCaller caller = new(bed.Client);
        Assert.Equal(5, (await caller.WatchAsync("a", more: static request => request.WatchId = 5)).WatchId);
        Assert.Equal(0, (await caller.WatchAsync("a")).WatchId);
        WatchResponse twice = await caller.WatchAsync("a", more: static request => request.WatchId = 5);
        Assert.Equal((-1, true, "mvcc: duplicate watch ID provided on the WatchStream"), (twice.WatchId, twice.Canceled, twice.CancelReason));
        await caller.SendAsync(new WatchRequest { CancelRequest = new WatchCancelRequest { WatchId = 5 } });
        WatchResponse canceled = await caller.ReadAsync();
        Assert.Equal((5, true, false), (canceled.WatchId, canceled.Canceled, canceled.Created));
        Assert.Equal(1, (await caller.WatchAsync("a")).WatchId);
        WatchResponse wrong = await caller.WatchAsync("b", more: static request => request.RangeEnd = ByteString.CopyFromUtf8("a"));
        Assert.Equal((-1, "mvcc: watcher range is empty"), (wrong.WatchId, wrong.CancelReason));
        Assert.Equal(2, (await caller.WatchAsync("a")).WatchId);
    }

    [Fact]
    public async Task A_watch_from_before_a_compaction_is_cancelled_with_the_revision()
    {
        await using ProxyBed bed = await StartAsync();
        for (int i = 0; i < 5; i++)
            await bed.PutAsync("a", $"{i}");
        await bed.Client.UnaryAsync(KvMethods.Compact, new CompactionRequest { Revision = 5 }, CallOptions.None);
        await using WatchCaller caller = new(bed.Client);
        await caller.WatchAsync("a", start: 2);
        WatchResponse canceled = await caller.ReadAsync();
        Assert.Equal((0, true, 5), (canceled.WatchId, canceled.Canceled, canceled.CompactRevision));
    }

    [Fact]
    public async Task A_watch_goes_on_where_it_was_when_its_server_goes_away()
    {
        await using ProxyBed bed = await StartAsync();
        await using WatchCaller one = new(bed.Client);
        await one.WatchAsync("a");
        await using WatchCaller other = new(bed.Client);
        await other.WatchAsync("a");
        for (int i = 0; i < 10; i++)
        {
            await bed.PutAsync("a", $"{i}");
            if (i % 3 == 0)
                await bed.Probe.BreakStreamsAsync();
        }
        string[] expected = [.. Enumerable.Range(0, 10).Select(static i => $"{i}")];
        Assert.Equal(expected, await one.EventsAsync(10));
        Assert.Equal(expected, await other.EventsAsync(10));
        Assert.True(bed.Probe.Count(WatchMethods.Watch.Path) > 1, "no stream was broken");
    }

    [Fact]
    public async Task Progress_is_told_when_every_watcher_of_the_stream_is_up_to_date()
    {
        await using ProxyBed bed = await StartAsync();
        await using WatchCaller caller = new(bed.Client);
        await caller.WatchAsync("a");
        await caller.WatchAsync("b");
        await bed.PutAsync("c", "1");
        WatchResponse progress;
        using CancellationTokenSource patience = new(Patience);
        Task<WatchResponse> reading = caller.ReadAsync();
        while (await Task.WhenAny(reading, Task.Delay(20)) != reading)
        {
            patience.Token.ThrowIfCancellationRequested();
            await caller.SendAsync(new WatchRequest { ProgressRequest = new WatchProgressRequest() });
        }
        progress = await reading;
        Assert.Equal((-1, 2), (progress.WatchId, progress.Header.Revision));
        Assert.Empty(progress.Events);
    }

    [Fact]
    public async Task Progress_is_told_now_and_then_to_those_who_want_to_know()
    {
        await using ProxyBed bed = await StartAsync(progressInterval: TimeSpan.FromMilliseconds(100));
        await using WatchCaller eager = new(bed.Client);
        await eager.WatchAsync("a", more: static request => request.ProgressNotify = true);
        await using WatchCaller patient = new(bed.Client);
        await patient.WatchAsync("a");
        Assert.Equal(1, bed.Proxy.WatchCount);
        await bed.PutAsync("b", "1");
        WatchResponse progress;
        do
        {
            progress = await eager.ReadAsync();
            Assert.Empty(progress.Events);
            Assert.Equal(0, progress.WatchId);
        }
        while (progress.Header.Revision < 2);
        await bed.PutAsync("a", "1");
        Assert.Single((await patient.ReadAsync()).Events);
    }

    [Fact]
    public async Task A_large_batch_comes_in_pieces_to_those_who_ask_for_that()
    {
        await using ProxyBed bed = await StartAsync();
        ByteString large = ByteString.CopyFrom(new byte[900_000]);
        for (int i = 0; i < 3; i++)
            await bed.Client.UnaryAsync(KvMethods.Put, new PutRequest { Key = B($"a{i}"), Value = large }, CallOptions.None);
        await using WatchCaller caller = new(bed.Client);
        await caller.WatchAsync("a", start: 1, more: static request => (request.RangeEnd, request.Fragment) = (B("b"), true));
        WatchResponse first = await caller.ReadAsync();
        WatchResponse second = await caller.ReadAsync();
        Assert.Equal((2, true), (first.Events.Count, first.Fragment));
        Assert.Equal((1, false), (second.Events.Count, second.Fragment));
    }

    [Fact]
    public async Task Callers_with_different_rights_share_nothing()
    {
        await using ProxyBed bed = await StartAsync();
        CallOptions[] users = await bed.EnableAuthAsync();
        await using WatchCaller root = new(bed.Client, users[0]);
        await root.WatchAsync("a");
        await using WatchCaller alice = new(bed.Client, users[1]);
        await alice.WatchAsync("a");
        Assert.Equal(2, bed.Proxy.WatchCount);
        await using WatchCaller again = new(bed.Client, users[1]);
        await again.WatchAsync("a");
        Assert.Equal(2, bed.Proxy.WatchCount);

        await using WatchCaller bob = new(bed.Client, users[2]);
        WatchResponse refused = await bob.WatchAsync("a");
        Assert.Equal((-1, true, "rpc error: code = PermissionDenied desc = etcdserver: permission denied"), (refused.WatchId, refused.Canceled, refused.CancelReason));

        // A right that is taken away counts for who comes after, also where a watch is there to be joined.
        await bed.Client.UnaryAsync(AuthMethods.UserRevokeRole, new AuthUserRevokeRoleRequest { Name = "alice", Role = "alice" }, users[0]);
        await using WatchCaller late = new(bed.Client, users[1]);
        WatchResponse denied = await late.WatchAsync("a");
        Assert.Equal((-1, true, "rpc error: code = PermissionDenied desc = etcdserver: permission denied"), (denied.WatchId, denied.Canceled, denied.CancelReason));
    }

    [Fact]
    public async Task Events_of_a_namespace_have_the_keys_that_its_callers_know()
    {
        await using ProxyBed bed = await StartAsync(static options => options with { Namespace = "ns/" });
        await using WatchCaller caller = new(bed.Client);
        await caller.WatchAsync("\0", more: static request => (request.RangeEnd, request.PrevKv) = (B("\0"), true));
        await bed.PutAsync("a", "outside", bed.Direct);
        await bed.PutAsync("a", "1");
        await bed.PutAsync("a", "2");
        await caller.ReadAsync();
        Protocol.Mvccpb.Event change = Assert.Single((await caller.ReadAsync()).Events);
        Assert.Equal(("a", "2", "a", "1"), (change.Kv.Key.ToStringUtf8(), change.Kv.Value.ToStringUtf8(), change.PrevKv.Key.ToStringUtf8(), change.PrevKv.Value.ToStringUtf8()));
    }

    private static double Metric(ProxyBed bed, string name)
    {
        System.Buffers.ArrayBufferWriter<byte> page = new();
        bed.Proxy.Metrics.WriteText(page);
        string line = System.Text.Encoding.UTF8.GetString(page.WrittenSpan).Split('\n').Single(line => line.StartsWith(name + " ", StringComparison.Ordinal));
        return double.Parse(line[(name.Length + 1)..], System.Globalization.CultureInfo.InvariantCulture);
    }
}

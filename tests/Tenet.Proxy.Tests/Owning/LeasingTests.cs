using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;
using Tenet.Proxy.Owning;
using Tenet.Proxy.Tests.Support;
using static Tenet.Proxy.Tests.Support.ProxyBed;

namespace Tenet.Proxy.Tests.Owning;

/// <summary>
/// What is answered from memory is told by a write that goes to the member itself and asks no owner: only memory still has what was there before.
/// </summary>
public sealed class LeasingTests
{
    private static readonly GrpcProxyOptions Leasing = new() { ListenUrl = "http://127.0.0.1:0", LeasingPrefix = "own/" };

    [Fact]
    public async Task An_owned_key_is_answered_from_memory_until_the_proxy_writes_it()
    {
        await using ProxyBed bed = await StartLeasingAsync();
        await bed.PutAsync("a", "1");
        await OwnAsync(bed, "a");
        await bed.PutAsync("a", "unasked", bed.Direct);
        Assert.Equal(["a=1"], await bed.ReadAsync("a"));
        RangeResponse counted = await bed.Client.UnaryAsync(KvMethods.Range, new RangeRequest { Key = B("a"), CountOnly = true }, CallOptions.None);
        Assert.Equal((1, 0), (counted.Count, counted.Kvs.Count));
        RangeResponse named = await bed.Client.UnaryAsync(KvMethods.Range, new RangeRequest { Key = B("a"), KeysOnly = true }, CallOptions.None);
        Assert.Equal("a=", Assert.Single(named.Kvs) is { } pair ? $"{pair.Key.ToStringUtf8()}={pair.Value.ToStringUtf8()}" : "");

        await bed.PutAsync("a", "2");
        Assert.Equal(["a=2"], await bed.ReadAsync("a"));
        await bed.PutAsync("a", "unasked", bed.Direct);
        Assert.Equal(["a=2"], await bed.ReadAsync("a"));
        // A range, the past, and who wants to know of a leader are the servers' business.
        Assert.Equal(["a=unasked"], await bed.ReadAsync("a", "b"));
        Assert.Equal(["a=unasked"], await ReadAsync(bed.Client, "a", new CallOptions { Metadata = [new("hasleader", "true")] }));
    }

    [Fact]
    public async Task That_there_is_no_key_can_be_owned_too()
    {
        await using ProxyBed bed = await StartLeasingAsync();
        await OwnAsync(bed, "a");
        await bed.PutAsync("a", "unasked", bed.Direct);
        Assert.Empty(await bed.ReadAsync("a"));
        await bed.Client.UnaryAsync(KvMethods.DeleteRange, new DeleteRangeRequest { Key = B("a") }, CallOptions.None);
        Assert.Empty(await bed.ReadAsync("a"));
        await bed.PutAsync("a", "1");
        Assert.Equal(["a=1"], await bed.ReadAsync("a"));
    }

    [Fact]
    public async Task Ownership_is_written_down_as_etcds_clients_do_it()
    {
        await using ProxyBed bed = await StartLeasingAsync(static options => options with { Namespace = "ns/" });
        await bed.PutAsync("a", "1");
        Assert.Empty(await LeasingKeysAsync(bed, "ns/own/"));
        await OwnAsync(bed, "a", "ns/own/a");
        KeyValue leasing = Assert.Single(await LeasingKeysAsync(bed, "ns/own/"));
        LeaseTimeToLiveResponse lease = await bed.Direct.UnaryAsync(LeaseMethods.LeaseTimeToLive, new LeaseTimeToLiveRequest { ID = leasing.Lease, Keys = true }, CallOptions.None);
        Assert.Equal(("", 60, "ns/own/a"), (leasing.Value.ToStringUtf8(), lease.GrantedTTL, Assert.Single(lease.Keys).ToStringUtf8()));

        // Somebody else wants it, as etcd's clients ask for it.
        await bed.Direct.UnaryAsync(KvMethods.Put, new PutRequest { Key = B("ns/own/a"), Value = LeasingStore.Wanted, IgnoreLease = true }, CallOptions.None);
        await EventuallyAsync(() => LeasingKeysAsync(bed, "ns/own/").Result.Count == 0, "the key is not handed back");
        await bed.PutAsync("ns/a", "2", bed.Direct);
        Assert.Equal(["a=2"], await bed.ReadAsync("a"));
    }

    [Fact]
    public async Task A_write_through_a_leasing_proxy_is_one_write_and_is_answered_as_ever()
    {
        await using ProxyBed bed = await StartLeasingAsync();
        PutResponse first = await bed.Client.UnaryAsync(KvMethods.Put, new PutRequest { Key = B("a"), Value = B("1") }, CallOptions.None);
        KeyValue pair = (await bed.Direct.UnaryAsync(KvMethods.Range, new RangeRequest { Key = B("a") }, CallOptions.None)).Kvs.Single();
        Assert.Equal((1, first.Header.Revision), (pair.Version, pair.ModRevision));
        await OwnAsync(bed, "a");
        PutResponse second = await bed.Client.UnaryAsync(KvMethods.Put, new PutRequest { Key = B("a"), Value = B("2"), PrevKv = true }, CallOptions.None);
        Assert.Equal("1", second.PrevKv.Value.ToStringUtf8());
        CallException empty = await Assert.ThrowsAsync<CallException>(() => bed.PutAsync("", "1"));
        Assert.Equal((StatusCode.InvalidArgument, EtcdErrors.EmptyKey.Message), (empty.Code, empty.Message));
        DeleteRangeResponse gone = await bed.Client.UnaryAsync(KvMethods.DeleteRange, new DeleteRangeRequest { Key = B("a"), PrevKv = true }, CallOptions.None);
        Assert.Equal((1, "2"), (gone.Deleted, gone.PrevKvs.Single().Value.ToStringUtf8()));
        Assert.True(gone.Header.Revision > second.Header.Revision);
    }

    [Fact]
    public async Task A_key_is_handed_back_when_another_proxy_writes_it()
    {
        await using ProxyBed bed = await StartLeasingAsync();
        await using OtherProxy other = await OtherProxy.StartAsync(bed, Leasing);
        await bed.PutAsync("a", "1");
        await OwnAsync(bed, "a");
        await bed.PutAsync("a", "2", other.Client);
        Assert.Equal(["a=2"], await bed.ReadAsync("a"));
        // It rests before it is owned again, so that two who write and read in turn do not take it from each other each time.
        Assert.Empty(await LeasingKeysAsync(bed, "own/"));
    }

    [Fact]
    public async Task Transactions_and_deletions_of_ranges_change_what_others_own_and_what_the_proxy_owns()
    {
        await using ProxyBed bed = await StartLeasingAsync();
        await using OtherProxy other = await OtherProxy.StartAsync(bed, Leasing);
        foreach (Channel writer in new[] { other.Client, bed.Client })
        {
            string tag = writer == bed.Client ? "own" : "other";
            foreach (string key in new[] { "a", "b", "c", "d" })
            {
                await bed.PutAsync(tag + key, "1");
                await OwnAsync(bed, tag + key);
            }
            TxnRequest request = new()
            {
                Compare = { new Compare { Key = B(tag + "a"), Target = Compare.Types.CompareTarget.Value, Value = B("1") } },
                Success =
                {
                    new RequestOp { RequestPut = new PutRequest { Key = B(tag + "a"), Value = B("2") } },
                    new RequestOp { RequestTxn = new TxnRequest { Success = { new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = B(tag + "c"), RangeEnd = B(tag + "d") } } } } },
                    new RequestOp { RequestRange = new RangeRequest { Key = B(tag + "a") } },
                },
                Failure = { new RequestOp { RequestPut = new PutRequest { Key = B(tag + "b"), Value = B("3") } } },
            };
            TxnResponse done = await writer.UnaryAsync(KvMethods.Txn, request, CallOptions.None);
            Assert.True(done.Succeeded);
            Assert.Equal(("2", 3), (done.Responses[2].ResponseRange.Kvs.Single().Value.ToStringUtf8(), done.Responses.Count));
            Assert.Equal(1, done.Responses[1].ResponseTxn.Responses[0].ResponseDeleteRange.Deleted);
            Assert.True(done.Header.Revision > 0);
            Assert.Equal([$"{tag}a=2"], await bed.ReadAsync(tag + "a"));
            Assert.Empty(await bed.ReadAsync(tag + "c"));
            Assert.Equal([$"{tag}d=1"], await bed.ReadAsync(tag + "d"));

            TxnResponse failed = await writer.UnaryAsync(KvMethods.Txn, request, CallOptions.None);
            Assert.False(failed.Succeeded);
            Assert.Equal([$"{tag}b=3"], await bed.ReadAsync(tag + "b"));
            DeleteRangeResponse all = await writer.UnaryAsync(KvMethods.DeleteRange, new DeleteRangeRequest { Key = B(tag), RangeEnd = B("p") }, CallOptions.None);
            Assert.True(all.Deleted >= 3);
            Assert.Empty(await bed.ReadAsync(tag + "a"));
            Assert.Empty(await bed.ReadAsync(tag + "d"));
        }
    }

    [Fact]
    public async Task Everything_can_be_deleted_with_the_leasing_keys()
    {
        await using ProxyBed bed = await StartLeasingAsync();
        await using OtherProxy other = await OtherProxy.StartAsync(bed, Leasing);
        foreach ((string key, Channel owner) in new[] { ("a", bed.Client), ("z", other.Client) })
        {
            await bed.PutAsync(key, "1", owner);
            await OwnAsync(bed, key, through: owner);
        }
        await bed.Client.UnaryAsync(KvMethods.DeleteRange, new DeleteRangeRequest { Key = B("\0"), RangeEnd = B("\0") }, CallOptions.None);
        foreach (Channel through in new[] { bed.Client, other.Client })
        {
            Assert.Empty(await bed.ReadAsync("a", through: through));
            Assert.Empty(await bed.ReadAsync("z", through: through));
        }
        await bed.PutAsync("a", "2", other.Client);
        Assert.Equal(["a=2"], await bed.ReadAsync("a"));
    }

    [Fact]
    public async Task Nobody_reads_the_past_while_two_proxies_write_and_read_in_turn()
    {
        // Keys do not rest, so that they change hands as often as can be.
        await using ProxyBed bed = await StartLeasingAsync(static options => options with { LeasingRest = TimeSpan.Zero });
        await using OtherProxy other = await OtherProxy.StartAsync(bed, Leasing with { LeasingRest = TimeSpan.Zero });
        await OwnAsync(bed, "own");
        await OwnAsync(bed, "others", through: other.Client);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(key => FollowAsync(key.ToString(null, null))));

        // One writer writes numbers that grow, through either proxy; no reader of either may see less than what was written, or seen by another, when he began.
        async Task FollowAsync(string key)
        {
            Random random = new(key[0]);
            int known = 0;
            int begun = 0;
            bool over = false;
            Task[] readers = [.. new[] { bed.Client, other.Client, bed.Client, other.Client }.Select(ReadOnAsync)];
            for (int value = 1; value <= 25; value++)
            {
                Channel writer = random.Next(2) == 0 ? bed.Client : other.Client;
                Volatile.Write(ref begun, value);
                RequestOp put = new() { RequestPut = new PutRequest { Key = B(key), Value = B(value.ToString(null, null)) } };
                switch (random.Next(3))
                {
                    case 0:
                        await writer.UnaryAsync(KvMethods.Put, put.RequestPut, CallOptions.None);
                        break;
                    case 1:
                        await writer.UnaryAsync(KvMethods.Txn, new TxnRequest { Success = { put } }, CallOptions.None);
                        break;
                    default:
                        TxnRequest nested = new()
                        {
                            Compare = { new Compare { Key = B(key), Target = Compare.Types.CompareTarget.Value, Result = Compare.Types.CompareResult.Equal, Value = B("none") } },
                            Failure = { new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = B(key + "!"), RangeEnd = B(key + "~") } }, put },
                        };
                        await writer.UnaryAsync(KvMethods.Txn, nested, CallOptions.None);
                        break;
                }
                Know(value);
                // Some values stay long enough to be answered from memory.
                for (int i = random.Next(4); i > 0; i--)
                    await bed.ReadAsync(key);
            }
            Volatile.Write(ref over, true);
            await Task.WhenAll(readers);

            async Task ReadOnAsync(Channel reader)
            {
                while (!Volatile.Read(ref over))
                {
                    int least = Volatile.Read(ref known);
                    RangeResponse response = await reader.UnaryAsync(KvMethods.Range, new RangeRequest { Key = B(key) }, CallOptions.None);
                    int read = response.Kvs is [{ } pair] ? int.Parse(pair.Value.ToStringUtf8(), null) : 0;
                    Assert.InRange(read, least, Volatile.Read(ref begun));
                    Know(read);
                }
            }

            void Know(int value)
            {
                int before;
                do
                    before = Volatile.Read(ref known);
                while (before < value && Interlocked.CompareExchange(ref known, value, before) != before);
            }
        }
    }

    [Fact]
    public async Task Without_servers_owned_keys_are_answered_as_long_as_the_lease_is_certain_to_live()
    {
        ManualClock clock = new();
        await using ProxyBed bed = await StartLeasingAsync(options => options with { Clock = clock });
        await bed.PutAsync("a", "1");
        await OwnAsync(bed, "a");
        bed.Probe.IsCutOff = true;
        await bed.Probe.BreakStreamsAsync();
        clock.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal(["a=1"], await bed.ReadAsync("a"));
        clock.Advance(TimeSpan.FromSeconds(9));
        CallException failure = await Assert.ThrowsAsync<CallException>(() => bed.ReadAsync("a"));
        Assert.Equal(StatusCode.Unavailable, failure.Code);

        // With the servers come a new session, and what was written meanwhile.
        await bed.PutAsync("a", "2", bed.Direct);
        bed.Probe.IsCutOff = false;
        Assert.Equal(["a=2"], await bed.ReadAsync("a"));
    }

    [Fact]
    public async Task A_session_that_is_taken_away_is_followed_by_another()
    {
        ManualClock clock = new();
        await using ProxyBed bed = await StartLeasingAsync(options => options with { Clock = clock });
        await bed.PutAsync("a", "1");
        await OwnAsync(bed, "a");
        long lease = Assert.Single(await LeasingKeysAsync(bed, "own/")).Lease;
        await bed.Direct.UnaryAsync(LeaseMethods.LeaseRevoke, new LeaseRevokeRequest { ID = lease }, CallOptions.None);
        await bed.PutAsync("a", "2", bed.Direct);
        await EventuallyAsync(() => bed.ReadAsync("a").Result is ["a=2"], "what is not owned any more is still answered from memory");
        clock.Advance(TimeSpan.FromSeconds(60));
        await OwnAsync(bed, "a", clock: clock);
        Assert.NotEqual(lease, Assert.Single(await LeasingKeysAsync(bed, "own/")).Lease);
    }

    [Fact]
    public async Task A_key_is_handed_back_when_the_proxy_listens_again_after_its_watch_broke()
    {
        await using ProxyBed bed = await StartLeasingAsync();
        await using OtherProxy other = await OtherProxy.StartAsync(bed, Leasing);
        await bed.PutAsync("a", "1");
        await OwnAsync(bed, "a");
        await bed.Probe.BreakStreamsAsync();
        await bed.PutAsync("a", "2", other.Client);
        Assert.Equal(["a=2"], await bed.ReadAsync("a"));
    }

    [Fact]
    public async Task A_write_whose_answer_is_lost_leaves_nothing_in_memory()
    {
        await using ProxyBed bed = await StartLeasingAsync();
        await bed.PutAsync("a", "1");
        await OwnAsync(bed, "a");
        bed.Probe.LostAnswers = KvMethods.Txn.Path;
        CallException failure = await Assert.ThrowsAsync<CallException>(() => bed.PutAsync("a", "2"));
        Assert.Equal(StatusCode.Unavailable, failure.Code);
        bed.Probe.LostAnswers = "";
        Assert.Equal(["a=2"], await bed.ReadAsync("a"));
        await EventuallyAsync(() => LeasingKeysAsync(bed, "own/").Result.Count == 0, "the key is still owned");
    }

    [Fact]
    public async Task A_write_that_was_given_up_is_not_carried_out_once_the_key_is_owned_again()
    {
        await using ProxyBed bed = await StartLeasingAsync(static options => options with { LeasingRest = TimeSpan.Zero });
        await bed.PutAsync("a", "1");
        await OwnAsync(bed, "a");
        long before = Assert.Single(await LeasingKeysAsync(bed, "own/")).CreateRevision;
        bed.Probe.Delayed = KvMethods.Txn.Path;
        await Assert.ThrowsAsync<CallException>(() => bed.PutAsync("a", "2"));
        Assert.Equal("", bed.Probe.Delayed);
        await EventuallyAsync(
            () => bed.ReadAsync("a").Result is ["a=1"] && LeasingKeysAsync(bed, "own/").Result is [{ } leasing] && leasing.CreateRevision > before,
            "the key is not owned again");
        Assert.Equal(["a=1"], await bed.ReadAsync("a"));
        await bed.Probe.DeliverAsync();
        Assert.Equal(["a=1"], await bed.ReadAsync("a", through: bed.Direct));
        Assert.Equal(["a=1"], await bed.ReadAsync("a"));
    }

    [Fact]
    public async Task A_key_that_goes_with_a_lease_is_never_answered_from_memory()
    {
        ManualClock clock = new();
        await using ProxyBed bed = await StartLeasingAsync(options => options with { Clock = clock });
        await OwnAsync(bed, "a");
        LeaseGrantResponse lease = await bed.Direct.UnaryAsync(LeaseMethods.LeaseGrant, new LeaseGrantRequest { TTL = 60 }, CallOptions.None);
        foreach (string key in new[] { "a", "b" })
        {
            await bed.Client.UnaryAsync(KvMethods.Put, new PutRequest { Key = B(key), Value = B("1"), Lease = lease.ID }, CallOptions.None);
            Assert.Equal([$"{key}=1"], await bed.ReadAsync(key));
            Assert.Equal([$"{key}=1"], await bed.ReadAsync(key));
        }
        await bed.Direct.UnaryAsync(LeaseMethods.LeaseRevoke, new LeaseRevokeRequest { ID = lease.ID }, CallOptions.None);
        Assert.Empty(await bed.ReadAsync("a"));
        Assert.Empty(await bed.ReadAsync("b"));
    }

    [Fact]
    public async Task What_one_caller_may_read_is_never_told_to_another_from_memory()
    {
        await using ProxyBed bed = await StartLeasingAsync();
        await bed.PutAsync("a", "secret");
        await OwnAsync(bed, "a");
        CallOptions[] users = await bed.EnableAuthAsync();
        (CallOptions root, CallOptions alice, CallOptions bob) = (users[0], users[1], users[2]);
        for (int i = 0; i < 2; i++)
        {
            await RefusedAsync(bed, CallOptions.None, StatusCode.InvalidArgument, "etcdserver: user name is empty");
            Assert.Equal(["a=secret"], await ReadAsync(bed.Client, "a", alice));
            await RefusedAsync(bed, bob, StatusCode.PermissionDenied, "etcdserver: permission denied");
            await RefusedAsync(bed, new CallOptions { Metadata = [new("token", "invented.7")] }, StatusCode.Unauthenticated, "etcdserver: invalid auth token");
        }
        // Who may not see who owns the key cannot respect it.
        CallException refusal = await Assert.ThrowsAsync<CallException>(() => bed.Client.UnaryAsync(KvMethods.Put, new PutRequest { Key = B("a"), Value = B("2") }, alice));
        Assert.Equal(StatusCode.PermissionDenied, refusal.Code);
        await bed.Client.UnaryAsync(KvMethods.Put, new PutRequest { Key = B("a"), Value = B("3") }, root);
        Assert.Equal(["a=3"], await ReadAsync(bed.Client, "a", alice));
    }

    [Fact]
    public async Task Nobody_in_particular_reads_from_memory_for_long_when_rights_count_because_somebody_else_said_so()
    {
        await using ProxyBed bed = await StartLeasingAsync();
        await bed.PutAsync("a", "secret");
        await OwnAsync(bed, "a");
        CallOptions root = (await bed.EnableAuthAsync(bed.Direct))[0];
        await EventuallyAsync(
            () => bed.Client.UnaryAsync(KvMethods.Range, new RangeRequest { Key = B("a") }, CallOptions.None).ContinueWith(static read => read.IsFaulted).Result,
            "what may not be read is answered from memory");
        await RefusedAsync(bed, CallOptions.None, StatusCode.InvalidArgument, "etcdserver: user name is empty");
        // Nobody waits for the lease of a session that is over.
        await bed.Client.UnaryAsync(KvMethods.Put, new PutRequest { Key = B("a"), Value = B("2") }, root);
        Assert.Equal(["a=2"], await ReadAsync(bed.Client, "a", root));
    }

    [Fact]
    public async Task Callers_with_credentials_respect_what_others_own()
    {
        await using ProxyBed bed = await StartLeasingAsync();
        await using OtherProxy other = await OtherProxy.StartAsync(bed, Leasing);
        await bed.PutAsync("a", "1");
        await OwnAsync(bed, "a");
        // Without authentication a token means nothing, but what it is answered is for nobody else.
        CallOptions somebody = new() { Metadata = [new("token", "invented.7")] };
        await bed.PutAsync("a", "unasked", bed.Direct);
        Assert.Equal(["a=unasked"], await ReadAsync(bed.Client, "a", somebody));
        await other.Client.UnaryAsync(KvMethods.Put, new PutRequest { Key = B("a"), Value = B("2") }, somebody);
        Assert.Equal(["a=2"], await bed.ReadAsync("a"));
    }

    [Fact]
    public async Task A_proxy_that_stops_hands_everything_back()
    {
        await using ProxyBed bed = await StartLeasingAsync();
        await using (OtherProxy other = await OtherProxy.StartAsync(bed, Leasing))
            await OwnAsync(bed, "a", through: other.Client);
        Assert.Empty(await LeasingKeysAsync(bed, "own/"));
    }

    private static Task<ProxyBed> StartLeasingAsync(Func<GrpcProxyOptions, GrpcProxyOptions>? configure = null) =>
        ProxyBed.StartAsync(options => (configure ?? (static same => same))(options with { LeasingPrefix = Leasing.LeasingPrefix }));

    /// <summary>Reads a key until the proxy owns it.</summary>
    private static Task OwnAsync(ProxyBed bed, string key, string? leasingKey = null, Channel? through = null, ManualClock? clock = null)
    {
        leasingKey ??= "own/" + key;
        return EventuallyAsync(
            () =>
            {
                clock?.Advance(TimeSpan.FromSeconds(2));
                bed.ReadAsync(key, through: through).GetAwaiter().GetResult();
                return LeasingKeysAsync(bed, leasingKey).Result.Any(leasing => leasing.Key == B(leasingKey));
            },
            $"{key} is not owned");
    }

    private static async Task<IReadOnlyList<KeyValue>> LeasingKeysAsync(ProxyBed bed, string prefix)
    {
        RangeResponse response = await bed.Direct.UnaryAsync(KvMethods.Range, new RangeRequest { Key = B(prefix), RangeEnd = B(prefix + "~") }, CallOptions.None);
        return response.Kvs;
    }

    private static async Task<IReadOnlyList<string>> ReadAsync(Channel through, string key, CallOptions options)
    {
        RangeResponse response = await through.UnaryAsync(KvMethods.Range, new RangeRequest { Key = B(key) }, options);
        return [.. response.Kvs.Select(static pair => $"{pair.Key.ToStringUtf8()}={pair.Value.ToStringUtf8()}")];
    }

    private static async Task RefusedAsync(ProxyBed bed, CallOptions options, StatusCode code, string text)
    {
        CallException refusal = await Assert.ThrowsAsync<CallException>(() => ReadAsync(bed.Client, "a", options));
        Assert.Equal((code, text), (refusal.Code, refusal.Message));
    }
}

using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Proxy.Tests.Support;
using static Tenet.Proxy.Tests.Support.ProxyBed;

namespace Tenet.Proxy.Tests.Keys;

public sealed class KvProxyTests
{
    [Fact]
    public async Task Calls_reach_the_server_and_its_refusals_come_back_unchanged()
    {
        await using ProxyBed bed = await StartAsync();
        await bed.PutAsync("a", "1");
        Assert.Equal(["a=1"], await bed.ReadAsync("a", through: bed.Direct));
        foreach (Channel channel in new[] { bed.Client, bed.Direct })
        {
            CallException empty = await Assert.ThrowsAsync<CallException>(() => bed.PutAsync("", "1", channel));
            Assert.Equal((StatusCode.InvalidArgument, "etcdserver: key is not provided"), (empty.Code, empty.Message));
            CallException future = await Assert.ThrowsAsync<CallException>(() => channel.UnaryAsync(KvMethods.Range, new RangeRequest { Key = B("a"), Revision = 99 }, CallOptions.None));
            Assert.Equal((StatusCode.OutOfRange, "etcdserver: mvcc: required revision is a future revision"), (future.Code, future.Message));
        }

        StatusResponse status = await bed.Client.UnaryAsync(MaintenanceMethods.Status, new StatusRequest(), CallOptions.None);
        Assert.Equal("3.7.1", status.Version);
        List<RangeStreamResponse> pieces = [];
        await foreach (RangeStreamResponse piece in bed.Client.ServerStreamAsync(KvMethods.RangeStream, new RangeRequest { Key = B("a") }, CallOptions.None))
            pieces.Add(piece);
        Assert.Equal("a", pieces.SelectMany(static piece => piece.RangeResponse.Kvs).Single().Key.ToStringUtf8());
    }

    [Fact]
    public async Task Whoever_is_in_a_namespace_sees_and_changes_nothing_else()
    {
        await using ProxyBed bed = await StartAsync(static options => options with { Namespace = "ns/" });
        foreach (string key in new[] { "a", "ns", "ns.", "ns0", "zz" })
            await bed.PutAsync(key, "outside", bed.Direct);
        await bed.PutAsync("a", "1");
        await bed.PutAsync("b", "2");
        Assert.Equal(["ns/a=1", "ns/b=2"], await bed.ReadAsync("ns/", "ns0", bed.Direct));
        Assert.Equal(["a=1"], await bed.ReadAsync("a"));
        Assert.Equal(["a=1", "b=2"], await bed.ReadAsync("\0", "\0"));
        Assert.Equal(["b=2"], await bed.ReadAsync("b", "\0"));

        TxnRequest nested = new()
        {
            Compare = { new Compare { Key = B("a"), Target = Compare.Types.CompareTarget.Value, Result = Compare.Types.CompareResult.Equal, Value = B("1") } },
            Success = { new RequestOp { RequestTxn = new TxnRequest { Success =
            {
                new RequestOp { RequestPut = new PutRequest { Key = B("a"), Value = B("3"), PrevKv = true } },
                new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = B("b"), RangeEnd = B("\0"), PrevKv = true } },
                new RequestOp { RequestRange = new RangeRequest { Key = B("\0"), RangeEnd = B("\0") } },
            } } } },
        };
        TxnResponse done = await bed.Client.UnaryAsync(KvMethods.Txn, nested, CallOptions.None);
        Assert.True(done.Succeeded);
        TxnResponse inner = done.Responses[0].ResponseTxn;
        Assert.Equal("a", inner.Responses[0].ResponsePut.PrevKv.Key.ToStringUtf8());
        Assert.Equal("b", Assert.Single(inner.Responses[1].ResponseDeleteRange.PrevKvs).Key.ToStringUtf8());
        Assert.Equal("a", Assert.Single(inner.Responses[2].ResponseRange.Kvs).Key.ToStringUtf8());

        DeleteRangeResponse all = await bed.Client.UnaryAsync(KvMethods.DeleteRange, new DeleteRangeRequest { Key = B("\0"), RangeEnd = B("\0") }, CallOptions.None);
        Assert.Equal(1, all.Deleted);
        Assert.Equal(5, (await bed.ReadAsync("\0", "\0", bed.Direct)).Count);
    }

    [Fact]
    public async Task An_empty_key_does_not_mean_the_name_of_the_namespace()
    {
        await using ProxyBed bed = await StartAsync(static options => options with { Namespace = "ns/" });
        TxnRequest hidden = new() { Success = { new RequestOp { RequestTxn = new TxnRequest { Success = { new RequestOp { RequestPut = new PutRequest { Value = B("x") } } } } } } };
        CallException refusal = await Assert.ThrowsAsync<CallException>(() => bed.Client.UnaryAsync(KvMethods.Txn, hidden, CallOptions.None));
        Assert.Equal((StatusCode.InvalidArgument, EtcdErrors.EmptyKey.Message), (refusal.Code, refusal.Message));
        Assert.Empty(await bed.ReadAsync("\0", "\0", bed.Direct));
    }

    [Fact]
    public async Task A_serializable_read_is_answered_again_until_it_is_written_to_or_too_old()
    {
        ManualClock clock = new();
        await using ProxyBed bed = await StartAsync(options => options with { Clock = clock });
        await bed.PutAsync("a", "1");
        Assert.Equal("1", await ReadOldAsync(bed));
        Assert.Equal("1", await ReadOldAsync(bed));
        Assert.Equal(1, bed.Probe.Count(KvMethods.Range.Path));

        await bed.PutAsync("a", "2");
        Assert.Equal("2", await ReadOldAsync(bed));
        await bed.PutAsync("a", "3", bed.Direct);
        Assert.Equal("2", await ReadOldAsync(bed));
        clock.Advance(Proxy.Keys.RangeCache.MaxAge);
        Assert.Equal("3", await ReadOldAsync(bed));
        Assert.Equal(3, bed.Probe.Count(KvMethods.Range.Path));

        await bed.Client.UnaryAsync(
            KvMethods.Txn, new TxnRequest { Failure = { new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = B("\0"), RangeEnd = B("\0") } } }, Compare = { new Compare { Key = B("q"), Version = 7 } } }, CallOptions.None);
        Assert.Null(await ReadOldAsync(bed));
    }

    [Fact]
    public async Task A_key_that_goes_with_its_lease_is_gone_from_the_cache()
    {
        ManualClock clock = new();
        await using ProxyBed bed = await StartAsync(options => options with { Clock = clock });
        LeaseGrantResponse lease = await bed.Client.UnaryAsync(LeaseMethods.LeaseGrant, new LeaseGrantRequest { TTL = 60 }, CallOptions.None);
        await bed.Client.UnaryAsync(KvMethods.Put, new PutRequest { Key = B("a"), Value = B("1"), Lease = lease.ID }, CallOptions.None);
        Assert.Equal("1", await ReadOldAsync(bed));
        await bed.Client.UnaryAsync(LeaseMethods.LeaseRevoke, new LeaseRevokeRequest { ID = lease.ID }, CallOptions.None);
        Assert.Null(await ReadOldAsync(bed));
    }

    [Fact]
    public async Task What_one_caller_may_read_is_never_told_to_another_from_the_cache()
    {
        ManualClock clock = new();
        await using ProxyBed bed = await StartAsync(options => options with { Clock = clock });
        await bed.PutAsync("a", "secret");
        Assert.Equal("secret", await ReadOldAsync(bed));
        CallOptions[] users = await bed.EnableAuthAsync();
        (CallOptions alice, CallOptions bob) = (users[1], users[2]);

        // What was for everybody is not any more.
        await RefusedAsync(bed, null, StatusCode.InvalidArgument, "etcdserver: user name is empty");
        Assert.Equal("secret", await ReadOldAsync(bed, alice));
        Assert.Equal("secret", await ReadOldAsync(bed, alice));
        await RefusedAsync(bed, bob, StatusCode.PermissionDenied, "etcdserver: permission denied");
        await RefusedAsync(bed, null, StatusCode.InvalidArgument, "etcdserver: user name is empty");
        await RefusedAsync(bed, new CallOptions { Metadata = [new("token", "invented.7")] }, StatusCode.Unauthenticated, "etcdserver: invalid auth token");
        Assert.Equal("secret", await ReadOldAsync(bed, alice));
    }

    [Fact]
    public async Task Everything_of_a_caller_that_servers_ask_for_reaches_them_and_nothing_else()
    {
        await using ProxyBed bed = await StartAsync();
        CallOptions options = new() { Metadata = [new("hasleader", "true"), new("x-other", "1")] };
        await bed.Client.UnaryAsync(KvMethods.Range, new RangeRequest { Key = B("a") }, options);
        Assert.Equal([new KeyValuePair<string, string>("hasleader", "true")], bed.Probe.Calls.Last().Options.Metadata);
    }

    private static async Task<string?> ReadOldAsync(ProxyBed bed, CallOptions? options = null)
    {
        RangeResponse response = await bed.Client.UnaryAsync(KvMethods.Range, new RangeRequest { Key = B("a"), Serializable = true }, options ?? CallOptions.None);
        return response.Kvs.SingleOrDefault()?.Value.ToStringUtf8();
    }

    private static async Task RefusedAsync(ProxyBed bed, CallOptions? options, StatusCode code, string text)
    {
        CallException refusal = await Assert.ThrowsAsync<CallException>(() => ReadOldAsync(bed, options));
        Assert.Equal((code, text), (refusal.Code, refusal.Message));
    }
}

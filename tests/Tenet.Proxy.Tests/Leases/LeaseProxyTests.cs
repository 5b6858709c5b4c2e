using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Proxy.Tests.Support;
using static Tenet.Proxy.Tests.Support.ProxyBed;

namespace Tenet.Proxy.Tests.Leases;

public sealed class LeaseProxyTests
{
    [Fact]
    public async Task Renewals_of_one_lease_by_many_go_to_the_server_once_in_an_interval()
    {
        ManualClock clock = new();
        await using ProxyBed bed = await StartAsync(options => options with { Clock = clock });
        LeaseGrantResponse lease = await GrantAsync(bed, ttl: 60);
        long[] first = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => RenewAsync(bed, lease.ID)));
        Assert.All(first, static ttl => Assert.Equal(60, ttl));
        Assert.Equal(1, bed.Probe.Count(LeaseMethods.LeaseKeepAlive.Path));

        // Who is answered by an earlier renewal is told what is left of it.
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(55, await RenewAsync(bed, lease.ID));
        Assert.Equal(1, bed.Probe.Count(LeaseMethods.LeaseKeepAlive.Path));
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(60, await RenewAsync(bed, lease.ID));
        Assert.Equal(2, bed.Probe.Count(LeaseMethods.LeaseKeepAlive.Path));
    }

    [Fact]
    public async Task A_lease_that_is_gone_is_told_at_once_and_the_stream_goes_on()
    {
        await using ProxyBed bed = await StartAsync();
        LeaseGrantResponse lease = await GrantAsync(bed, ttl: 60);
        await using IDuplexCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> call = bed.Client.Duplex(LeaseMethods.LeaseKeepAlive, CallOptions.None);
        foreach (long id in new[] { lease.ID, 7, lease.ID })
            await call.WriteAsync(new LeaseKeepAliveRequest { ID = id });
        Assert.Equal((lease.ID, 60), await ReadAsync(call));
        Assert.Equal((7, 0), await ReadAsync(call));
        Assert.Equal(lease.ID, (await ReadAsync(call)).Id);
        await bed.Client.UnaryAsync(LeaseMethods.LeaseRevoke, new LeaseRevokeRequest { ID = lease.ID }, CallOptions.None);
        await call.WriteAsync(new LeaseKeepAliveRequest { ID = lease.ID });
        Assert.Equal((lease.ID, 0), await ReadAsync(call));
        await call.CompleteAsync();
        Assert.Null(await call.ReadAsync().AsTask().WaitAsync(Patience));
    }

    [Fact]
    public async Task Keys_of_a_lease_are_those_of_the_namespace()
    {
        await using ProxyBed bed = await StartAsync(static options => options with { Namespace = "ns/" });
        LeaseGrantResponse lease = await GrantAsync(bed, ttl: 60);
        await bed.Client.UnaryAsync(KvMethods.Put, new PutRequest { Key = B("a"), Lease = lease.ID }, CallOptions.None);
        await bed.Direct.UnaryAsync(KvMethods.Put, new PutRequest { Key = B("outside"), Lease = lease.ID }, CallOptions.None);
        LeaseTimeToLiveResponse left = await bed.Client.UnaryAsync(LeaseMethods.LeaseTimeToLive, new LeaseTimeToLiveRequest { ID = lease.ID, Keys = true }, CallOptions.None);
        Assert.Equal([B("a")], left.Keys);
    }

    [Fact]
    public async Task A_renewal_is_nobody_elses_right()
    {
        await using ProxyBed bed = await StartAsync();
        CallOptions[] users = await bed.EnableAuthAsync();
        LeaseGrantResponse lease = await bed.Client.UnaryAsync(LeaseMethods.LeaseGrant, new LeaseGrantRequest { TTL = 60 }, users[0]);
        await bed.Client.UnaryAsync(KvMethods.Put, new PutRequest { Key = B("a"), Lease = lease.ID }, users[0]);
        Assert.Equal(60, await RenewAsync(bed, lease.ID, users[1]));
        CallException direct = await Assert.ThrowsAsync<CallException>(() => RenewAsync(bed, lease.ID, users[2], bed.Direct));
        CallException denied = await Assert.ThrowsAsync<CallException>(() => RenewAsync(bed, lease.ID, users[2]));
        Assert.Equal((direct.Code, direct.Message), (denied.Code, denied.Message));
    }

    private static Task<LeaseGrantResponse> GrantAsync(ProxyBed bed, long ttl) => bed.Client.UnaryAsync(LeaseMethods.LeaseGrant, new LeaseGrantRequest { TTL = ttl }, CallOptions.None);

    private static async Task<long> RenewAsync(ProxyBed bed, long lease, CallOptions? options = null, Channel? through = null)
    {
        await using IDuplexCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> call = (through ?? bed.Client).Duplex(LeaseMethods.LeaseKeepAlive, options ?? CallOptions.None);
        await call.WriteAsync(new LeaseKeepAliveRequest { ID = lease });
        return (await ReadAsync(call)).Ttl;
    }

    private static async Task<(long Id, long Ttl)> ReadAsync(IDuplexCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> call)
    {
        LeaseKeepAliveResponse response = await call.ReadAsync().AsTask().WaitAsync(Patience) ?? throw new InvalidOperationException("the stream has ended");
        return (response.ID, response.TTL);
    }
}

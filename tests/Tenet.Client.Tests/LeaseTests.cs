using Tenet.Client.Calls;
using Tenet.Client.Tests.Servers;
using Tenet.Protocol.Errors;
using Tenet.Tests.ClientFaults;

namespace Tenet.Client.Tests;

[Collection(SharedServersCollection.Name)]
public sealed class LeaseTests(SharedServers servers)
{
    [Theory]
    [OnTenet]
    [OnEtcd]
    public async Task A_lease_takes_its_keys_with_it(ServerKind kind)
    {
        await using TenetClient client = await servers.ClientAsync(kind);
        LeaseGrant lease = await client.Leases.GrantAsync(TimeSpan.FromSeconds(100));
        await client.Kv.PutAsync("lease/key", "", new PutOptions { LeaseId = lease.Id });
        LeaseStatus status = (await client.Leases.StatusAsync(lease.Id, keys: true))!;
        Assert.Equal(TimeSpan.FromSeconds(100), status.Granted);
        Assert.Equal("lease/key"u8.ToArray(), Assert.Single(status.Keys).ToArray());
        Assert.Contains(lease.Id, await client.Leases.ListAsync());
        Assert.Equal(TimeSpan.FromSeconds(100), await client.Leases.KeepAliveOnceAsync(lease.Id));
        await client.Leases.RevokeAsync(lease.Id);
        Assert.Null(await client.Kv.GetAsync("lease/key"));
        Assert.Null(await client.Leases.StatusAsync(lease.Id));
        CallException unknown = await Assert.ThrowsAsync<CallException>(() => client.Leases.KeepAliveOnceAsync(lease.Id));
        Assert.Equal((StatusCode.NotFound, EtcdErrors.LeaseNotFound.Message), (unknown.Code, unknown.Message));
    }

    [Theory]
    [OnTenet]
    [OnEtcd]
    public async Task A_lease_that_is_kept_alive_outlives_its_time_and_goes_when_it_is_given_up(ServerKind kind)
    {
        await using TenetClient client = await servers.ClientAsync(kind);
        await using KeptLease lease = await client.Leases.HoldAsync(TimeSpan.FromSeconds(2));
        await client.Kv.PutAsync("kept/key", "", new PutOptions { LeaseId = lease.Id });
        // Until a lease of the same time, granted later and kept alive by nobody, has ended.
        LeaseGrant other = await client.Leases.GrantAsync(TimeSpan.FromSeconds(2));
        while (await client.Leases.StatusAsync(other.Id) is not null)
            await Task.Delay(50);
        Assert.True(lease.IsHeld);
        Assert.NotNull(await client.Kv.GetAsync("kept/key"));
        await lease.DisposeAsync();
        Assert.True(lease.Lost.IsCancellationRequested);
        Assert.Null(await client.Kv.GetAsync("kept/key"));
    }

    [Theory]
    [OnTenet]
    [OnEtcd]
    public async Task A_lease_that_somebody_revokes_is_told_to_its_holder(ServerKind kind)
    {
        await using TenetClient client = await servers.ClientAsync(kind);
        await using KeptLease lease = await client.Leases.HoldAsync(TimeSpan.FromSeconds(2));
        await client.Leases.RevokeAsync(lease.Id);
        await FiredAsync(lease.Lost);
        Assert.False(lease.IsHeld);
    }

    [Theory]
    [OnTenet]
    [OnEtcd]
    public async Task A_lost_lease_is_told_to_its_holder_before_the_server_lets_it_go(ServerKind kind)
    {
        await using TestServer server = await TestServer.StartAsync(kind);
        await using TenetClient onlooker = server.Client();
        BlockableLink link = new();
        await using TenetClient client = server.Client(options => options.Connect = link.Over(null));
        await using KeptLease lease = await client.Leases.HoldAsync(TimeSpan.FromSeconds(2));
        await client.Kv.PutAsync("lost/key", "", new PutOptions { LeaseId = lease.Id });
        await using IAsyncEnumerator<WatchEvent> deletion = onlooker.Watch
            .EventsAsync(KeyRange.Single("lost/key"), new WatchOptions { WithoutPuts = true }).GetAsyncEnumerator();
        link.Block();
        Assert.True(await deletion.MoveNextAsync());
        Assert.True(lease.Lost.IsCancellationRequested, "the key is gone, and its holder does not know");
        link.Unblock();
    }

    [Theory]
    [OnTenet]
    [OnEtcd]
    public async Task Leases_live_on_over_a_restart_of_the_server(ServerKind kind)
    {
        await using TestServer server = await TestServer.StartAsync(kind);
        await using TenetClient client = server.Client();
        await using KeptLease one = await client.Leases.HoldAsync(TimeSpan.FromSeconds(60));
        await using KeptLease other = await client.Leases.HoldAsync(TimeSpan.FromSeconds(6));
        await server.StopAsync();
        await server.StartAsync();
        long renewal = other.NextRenewal;
        while (other.NextRenewal == renewal && !other.Lost.IsCancellationRequested)
            await Task.Delay(20);
        Assert.True(one.IsHeld && other.IsHeld);
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.Leases.KeepAliveAsync(one.Id));
    }

    [Fact]
    public async Task Giving_a_lease_up_ends_even_if_nobody_can_be_told()
    {
        await using TestServer server = await TestServer.StartAsync(ServerKind.Tenet);
        await using TenetClient client = server.Client(options => options.CallTimeout = Timeout.InfiniteTimeSpan);
        KeptLease lease = await client.Leases.HoldAsync(TimeSpan.FromSeconds(2));
        await server.StopAsync();
        await lease.DisposeAsync();
        Assert.True(lease.Lost.IsCancellationRequested);
    }

    private static async Task FiredAsync(CancellationToken token)
    {
        TaskCompletionSource fired = new();
        using CancellationTokenRegistration registration = token.Register(fired.SetResult);
        await fired.Task.WaitAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
    }
}

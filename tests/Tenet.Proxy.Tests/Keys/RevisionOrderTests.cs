using Tenet.Protocol.Errors;
using Tenet.Proxy.Keys;

namespace Tenet.Proxy.Tests.Keys;

public sealed class RevisionOrderTests
{
    [Fact]
    public async Task A_server_that_is_behind_what_was_seen_is_passed_over()
    {
        RevisionOrder order = new(3);
        order.Saw(10);
        Queue<long> servers = new([8, 9, 11, 9]);
        Assert.Equal(11, await order.InOrderAsync(() => ValueTask.FromResult(servers.Dequeue()), static revision => revision));
        RefusalException refusal = await Assert.ThrowsAsync<RefusalException>(async () => await order.InOrderAsync(() => ValueTask.FromResult(10L), static revision => revision));
        Assert.Equal("etcdclient: no cluster members have a revision higher than the previously received revision", refusal.Message);
    }
}

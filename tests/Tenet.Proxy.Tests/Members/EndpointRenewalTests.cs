using System.Collections.Concurrent;
using Tenet.Client;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Proxy.Tests.Support;
using static Tenet.Proxy.Tests.Support.ProxyBed;

namespace Tenet.Proxy.Tests.Members;

public sealed class EndpointRenewalTests
{
    [Fact]
    public async Task The_servers_are_asked_again_and_again_who_they_are()
    {
        LineLog log = new();
        ConcurrentQueue<IReadOnlyList<string>> found = new();
        await using ProxyBed bed = await StartAsync(options => options with { EndpointsAutoSyncInterval = TimeSpan.FromMilliseconds(1), EndpointsFound = found.Enqueue, Log = log });
        MemberListResponse members = await bed.Direct.UnaryAsync(ClusterMethods.MemberList, new MemberListRequest(), CallOptions.None);
        await EventuallyAsync(() => found.Count > 1, "the members are not asked for again");
        Assert.All(found, urls => Assert.Equal(members.Members.Single().ClientURLs, urls));
        Assert.Contains($"Debug set etcd endpoints by autoSync endpoints={members.Members.Single().ClientURLs[0]}", log.Lines);

        bed.Probe.IsCutOff = true;
        await EventuallyAsync(() => log.Lines.Contains("Info Auto sync endpoints failed. error=the server cannot be reached"), "it is not said that nobody answers");
        int before = found.Count;
        bed.Probe.IsCutOff = false;
        await EventuallyAsync(() => found.Count > before, "it ended with a failure");
    }

    [Fact]
    public async Task Endpoints_that_are_replaced_are_not_asked_any_more()
    {
        await using ProxyBed bed = await StartAsync();
        await using ClientInvoker client = new(new TenetClientOptions { Endpoints = [bed.Proxy.Urls[0]] });
        await using IDuplexCall<WatchRequest, WatchResponse> watch = client.Duplex(WatchMethods.Watch, CallOptions.None);
        await watch.WriteAsync(new WatchRequest { CreateRequest = new WatchCreateRequest { Key = B("a") } });
        Assert.True((await watch.ReadAsync())!.Created);
        client.UseEndpoints([bed.Member.Urls[0]]);
        await client.UnaryAsync(KvMethods.Put, new PutRequest { Key = B("a"), Value = B("1") }, CallOptions.None);
        Assert.Equal(0, bed.Probe.Count(KvMethods.Put.Path));
        // What was open goes on where it is.
        Assert.Equal("1", Assert.Single((await watch.ReadAsync())!.Events).Kv.Value.ToStringUtf8());
        client.UseEndpoints([bed.Proxy.Urls[0]]);
        await client.UnaryAsync(KvMethods.Put, new PutRequest { Key = B("a"), Value = B("2") }, CallOptions.None);
        Assert.Equal(1, bed.Probe.Count(KvMethods.Put.Path));
        Assert.Throws<ArgumentException>(() => client.UseEndpoints([]));
        Assert.Throws<InvalidOperationException>(() => client.At(bed.Member.Urls[0]).UseEndpoints([bed.Proxy.Urls[0]]));
    }
}

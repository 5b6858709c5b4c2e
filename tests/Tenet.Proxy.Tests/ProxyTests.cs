using System.Net;
using Tenet.Client;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Health;
using Tenet.Protocol.V3electionpb;
using Tenet.Protocol.V3lockpb;
using Tenet.Proxy.Tests.Support;
using static Tenet.Proxy.Tests.Support.ProxyBed;

namespace Tenet.Proxy.Tests;

public sealed class ProxyTests
{
    [Fact]
    public async Task Locks_elections_and_health_are_served()
    {
        await using ProxyBed bed = await StartAsync();
        LeaseGrantResponse lease = await bed.Client.UnaryAsync(LeaseMethods.LeaseGrant, new LeaseGrantRequest { TTL = 60 }, CallOptions.None);
        LockResponse locked = await bed.Client.UnaryAsync(LockMethods.Lock, new LockRequest { Name = B("l"), Lease = lease.ID }, CallOptions.None);
        await bed.Client.UnaryAsync(LockMethods.Unlock, new UnlockRequest { Key = locked.Key }, CallOptions.None);
        CampaignResponse leader = await bed.Client.UnaryAsync(ElectionMethods.Campaign, new CampaignRequest { Name = B("e"), Lease = lease.ID, Value = B("v") }, CallOptions.None);
        await foreach (LeaderResponse observed in bed.Client.ServerStreamAsync(ElectionMethods.Observe, new LeaderRequest { Name = B("e") }, CallOptions.None))
        {
            Assert.Equal(leader.Leader.Key, observed.Kv.Key);
            break;
        }
        HealthCheckResponse health = await bed.Client.UnaryAsync(HealthMethods.Check, new HealthCheckRequest(), CallOptions.None);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, health.Status);
    }

    [Fact]
    public async Task The_members_that_clients_are_told_are_the_proxies()
    {
        await using ProxyBed bed = await StartAsync(static options => options with { AdvertiseClientUrl = "p1:1", ResolverPrefix = "___proxies", ResolverTtl = 60, Namespace = "ns/" });
        await EventuallyAsync(() => Members(bed.Proxy.Urls[0]).Length == 1 && Entry(bed).Count == 1, "the proxy is not registered");
        Assert.Equal([$"ns/___proxies/p1:1={{\"Op\":0,\"Addr\":\"p1:1\",\"Metadata\":\"{{\\\"name\\\":\\\"{Environment.MachineName}\\\"}}\"}}"], Entry(bed));
        await using (GrpcProxy other = await GrpcProxy.StartAsync(
            new GrpcProxyOptions { ListenUrl = "http://127.0.0.1:0", AdvertiseClientUrl = "p2:1", ResolverPrefix = "___proxies", ResolverTtl = 60, Namespace = "ns/" }, bed.Probe))
        {
            await EventuallyAsync(() => Members(bed.Proxy.Urls[0]) is ["p1:1", "p2:1"] && Members(other.Urls[0]) is ["p1:1", "p2:1"], "the proxies do not know each other");
        }
        await EventuallyAsync(() => Members(bed.Proxy.Urls[0]) is ["p1:1"], "a proxy that stopped is still told");

        static string[] Members(string url)
        {
            Channel channel = new(url);
            MemberListResponse members = channel.UnaryAsync(ClusterMethods.MemberList, new MemberListRequest(), CallOptions.None).GetAwaiter().GetResult();
            return [.. members.Members.Select(static member => Assert.Single(member.ClientURLs)).Order(StringComparer.Ordinal)];
        }

        static IReadOnlyList<string> Entry(ProxyBed bed) => bed.ReadAsync("ns/", "ns0", bed.Direct).GetAwaiter().GetResult();
    }

    [Fact]
    public async Task A_proxy_may_stand_before_another()
    {
        await using ProxyBed bed = await StartAsync(static options => options with { Namespace = "inner/" });
        await using ClientInvoker first = new(new TenetClientOptions { Endpoints = [bed.Proxy.Urls[0]] });
        await using GrpcProxy second = await GrpcProxy.StartAsync(new GrpcProxyOptions { ListenUrl = "http://127.0.0.1:0", Namespace = "outer/" }, first);
        await using Channel client = new(second.Urls[0]);
        await using WatchCaller one = new(client);
        await one.WatchAsync("a");
        await using WatchCaller other = new(client);
        await other.WatchAsync("a");
        await bed.PutAsync("a", "1", client);
        Assert.Equal(["1"], await one.EventsAsync(1));
        Assert.Equal(["1"], await other.EventsAsync(1));
        Assert.Equal(["inner/outer/a=1"], await bed.ReadAsync("\0", "\0", bed.Direct));
        Assert.Equal((1, 1), (bed.Proxy.WatchCount, second.WatchCount));
    }

    [Fact]
    public async Task Without_an_address_of_its_own_the_proxy_tells_the_servers_members()
    {
        await using ProxyBed bed = await StartAsync(static options => options with { AdvertiseClientUrl = "" });
        MemberListResponse members = await bed.Client.UnaryAsync(ClusterMethods.MemberList, new MemberListRequest(), CallOptions.None);
        Assert.Equal("one", Assert.Single(members.Members).Name);
    }

    [Fact]
    public async Task The_pages_are_those_of_etcds_proxy()
    {
        await using ProxyBed bed = await StartAsync(static options => options with { MetricsUrl = "http://127.0.0.1:0" });
        using HttpClient http = new();
        foreach (string url in bed.Proxy.Urls)
        {
            Assert.Equal("{\"health\":\"true\",\"reason\":\"\"}", await http.GetStringAsync(new Uri(url + "/health")));
            Assert.Equal("{\"health\":\"true\",\"reason\":\"\"}", await http.GetStringAsync(new Uri(url + "/proxy/health")));
            Assert.Contains("etcd_server_has_leader 1", await http.GetStringAsync(new Uri(url + "/metrics")));
            string own = await http.GetStringAsync(new Uri(url + "/proxy/metrics"));
            foreach (string family in new[] { "watchers_coalescing_total gauge", "events_coalescing_total counter", "cache_keys_total gauge", "cache_hits_total gauge", "cache_misses_total gauge" })
                Assert.Contains($"# TYPE etcd_grpc_proxy_{family}", own);
            using HttpResponseMessage posted = await http.PostAsync(new Uri(url + "/health"), null);
            Assert.Equal(HttpStatusCode.MethodNotAllowed, posted.StatusCode);
            using HttpResponseMessage unknown = await http.GetAsync(new Uri(url + "/version"));
            Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        }
    }
}

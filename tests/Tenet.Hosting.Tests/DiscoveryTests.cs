using Tenet.Hosting.Discovery;
using Tenet.Server;
using Tenet.Server.Bootstrap;
using Tenet.Tests;

namespace Tenet.Hosting.Tests;

/// <summary>The ways to a discovery service and to DNS, each against a server on the loopback interface.</summary>
public sealed class DiscoveryTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static EtcdDiscoveryClient Client(params string[] endpoints) => new(
        new TenetOptions { Member = new MemberOptions { Name = "n", DataDirectory = "nowhere" }, DiscoveryEndpoints = endpoints },
        Foundation.Logging.NoLog.Instance);

    [Fact]
    public async Task Keys_are_written_and_read_in_the_order_of_their_making()
    {
        string directory = Directory.CreateTempSubdirectory("tenet-discovery-").FullName;
        try
        {
            await using TenetMember service = await TenetMember.StartAsync(new TenetOptions
            {
                Member = new MemberOptions
                {
                    Name = "d",
                    DataDirectory = directory,
                    InitialCluster = [new InitialMember("d", ["http://127.0.0.1:1"])],
                    AdvertisePeerUrls = ["http://127.0.0.1:1"],
                },
                ListenClientUrls = [EtcdUrl.Parse("http://127.0.0.1:0")],
                ListenPeerUrls = [],
            });
            using var cancellation = new CancellationTokenSource(Patience);
            using var client = Client("http://127.0.0.1:1", service.Urls[0]);
            await client.PutAsync("/p/b", "n1=http://b", cancellation.Token);
            await client.PutAsync("/p/a", "n2=http://a", cancellation.Token);
            await client.PutAsync("/q", "other", cancellation.Token);
            IReadOnlyList<DiscoveryRecord> found = await client.GetAsync("/p/", true, cancellation.Token);
            Assert.Equal(["/p/b", "/p/a"], found.OrderBy(record => record.CreateRevision).Select(record => record.Key));
            Assert.Equal("other", Assert.Single(await client.GetAsync("/q", false, cancellation.Token)).Value);
            Assert.Empty(await client.GetAsync("/p", false, cancellation.Token));

            using var nowhere = Client("127.0.0.1:1");
            await Assert.ThrowsAsync<IOException>(() => nowhere.GetAsync("/q", false, cancellation.Token));
            await Assert.ThrowsAsync<IOException>(() => client.PutAsync("", "no key", cancellation.Token));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Service_records_are_read_most_preferred_first()
    {
        await using var server = new FakeDnsServer(FakeDnsServer.Answer(
            [(10, 5, 2381, "b.example.com"), (10, 9, 2382, "c.example.com"), (1, 0, 2380, "a.example.com")]));
        IReadOnlyList<SrvRecord> found = await new DnsSrvResolver(server.Records).ResolveAsync("_etcd-server._tcp.example.com", default);
        Assert.Equal([new SrvRecord("a.example.com.", 2380), new SrvRecord("c.example.com.", 2382), new SrvRecord("b.example.com.", 2381)], found);
        Assert.Equal("_etcd-server._tcp.example.com", server.AskedName);
    }
}

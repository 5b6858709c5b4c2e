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
        IReadOnlyList<SrvRecord> found = await server.Resolver.ResolveAsync("_etcd-server._tcp.example.com", default);
        Assert.Equal([new SrvRecord("a.example.com.", 2380), new SrvRecord("c.example.com.", 2382), new SrvRecord("b.example.com.", 2381)], found);
        Assert.Equal("_etcd-server._tcp.example.com", server.AskedName);
    }

    [Fact]
    public async Task An_answer_that_is_cut_off_is_asked_for_again_over_tcp()
    {
        await using var server = new FakeDnsServer(FakeDnsServer.Answer([(1, 1, 2380, "a.example.com")]), truncateUdp: true);
        Assert.Equal([new SrvRecord("a.example.com.", 2380)], await server.Resolver.ResolveAsync("_x._tcp.example.com", default));
    }

    [Fact]
    public async Task A_name_without_records_and_a_server_that_fails_are_told_apart()
    {
        await using (var server = new FakeDnsServer(FakeDnsServer.Answer([], code: 3)))
            Assert.EndsWith("no such host", (await Assert.ThrowsAsync<IOException>(() => server.Resolver.ResolveAsync("_x._tcp.example.com", default))).Message, StringComparison.Ordinal);
        await using (var server = new FakeDnsServer(FakeDnsServer.Answer([], code: 2)))
            Assert.EndsWith("server misbehaving", (await Assert.ThrowsAsync<IOException>(() => server.Resolver.ResolveAsync("_x._tcp.example.com", default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_answers_are_refused_and_nothing_else_happens()
    {
        byte[] whole = FakeDnsServer.Answer([(1, 1, 2380, "a.example.com"), (2, 1, 2380, "b.example.com")])(DnsMessage.Question(7, "_x._tcp.example.com"));
        for (int length = 0; length < whole.Length; length++)
            Assert.Throws<FormatException>(() => DnsMessage.Read(whole.AsSpan(0, length), 7));
        Assert.Throws<FormatException>(() => DnsMessage.Read(whole, 8));

        // Names that point at themselves, or forward, would be read without end.
        for (int at = 12; at < whole.Length; at++)
        {
            byte[] pointing = [.. whole];
            pointing[at] = 0xC0;
            try
            {
                _ = DnsMessage.Read(pointing, 7);
            }
            catch (FormatException)
            {
                // As good as an answer.
            }
        }
    }
}

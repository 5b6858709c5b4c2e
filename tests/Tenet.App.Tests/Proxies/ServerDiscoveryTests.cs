using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Tenet.App.Proxies;
using Tenet.Proxy.Forwarding;
using Tenet.Tests;

namespace Tenet.App.Tests.Proxies;

public sealed class ServerDiscoveryTests : IDisposable
{
    private readonly string _scratch = Directory.CreateTempSubdirectory("tenet-discovery-").FullName;
    private readonly CollectedLog _log = new();

    public void Dispose() => Directory.Delete(_scratch, recursive: true);

    [Fact]
    public async Task Records_of_both_services_name_the_servers()
    {
        await using FakeDnsServer dns = new(FakeDnsServer.Answer([(2, 5, 2379, "b.example.com"), (1, 3, 2379, "a.example.com")]));
        IReadOnlyList<(string Url, GatewayEndpoint Server)> found =
            await new ServerDiscovery(dns.Records, _log).FindAsync("example.com", "test", authorities: "", insecure: true, CancellationToken.None);
        Assert.Equal(
            ["https://a.example.com:2379", "https://b.example.com:2379", "http://a.example.com:2379", "http://b.example.com:2379"], found.Select(static one => one.Url));
        Assert.Equal(new GatewayEndpoint("a.example.com", 2379, Priority: 1, Weight: 3), found[0].Server);
        Assert.Equal("_etcd-client-test._tcp.example.com", dns.AskedName?.TrimEnd('.'));
    }

    [Fact]
    public async Task Only_servers_that_prove_to_be_of_the_domain_are_believed()
    {
        using TestAuthority authority = new(_scratch);
        using TcpListener good = Serve(authority.Issue("good", "good", "example.com"));
        using TcpListener stranger = Serve(authority.Issue("stranger", "stranger", "example.org"));
        await using FakeDnsServer dns = new(FakeDnsServer.Answer([(1, 1, PortOf(good), "localhost"), (1, 1, PortOf(stranger), "localhost")]));
        IReadOnlyList<(string Url, GatewayEndpoint Server)> found =
            await new ServerDiscovery(dns.Records, _log).FindAsync("example.com", "", authority.File, insecure: false, CancellationToken.None);
        Assert.Equal([$"https://localhost:{PortOf(good)}"], found.Select(static one => one.Url));
        Assert.Contains(_log.Lines, line => line.StartsWith("warn failed to validate discovered endpoints", StringComparison.Ordinal) && line.Contains("is insecure", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_records_there_is_no_start()
    {
        await using FakeDnsServer dns = new(FakeDnsServer.Answer([], code: 3));
        IOException refusal = await Assert.ThrowsAsync<IOException>(() =>
            new ServerDiscovery(dns.Records, _log).FindAsync("example.com", "", "", insecure: true, CancellationToken.None));
        Assert.StartsWith("dns lookup errors: lookup _etcd-client-ssl._tcp.example.com", refusal.Message);
    }

    private static ushort PortOf(TcpListener listener) => (ushort)((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Shows its certificate to whoever comes.</summary>
    private static TcpListener Serve(TestPair pair)
    {
        TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        _ = ServeAsync();
        return listener;

        async Task ServeAsync()
        {
            using X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(pair.CertFile, pair.KeyFile);
            while (true)
            {
                try
                {
                    using TcpClient client = await listener.AcceptTcpClientAsync();
                    await using SslStream stream = new(client.GetStream());
                    await stream.AuthenticateAsServerAsync(certificate);
                }
                catch (Exception refused) when (refused is IOException or System.Security.Authentication.AuthenticationException)
                {
                    // The caller did not like the certificate.
                }
                catch (Exception over) when (over is SocketException or ObjectDisposedException)
                {
                    return;
                }
            }
        }
    }
}

using Tenet.Foundation.Logging;
using Tenet.Hosting.Discovery;
using Tenet.Server;
using Tenet.Tests;
using Tenet.Transport.Tls;

namespace Tenet.Hosting.Tests;

/// <summary>A discovery service that speaks TLS: whom the founders believe, and who they say they are.</summary>
public sealed class DiscoveryTlsTests : IDisposable
{
    private readonly string _scratch = Directory.CreateTempSubdirectory("tenet-discovery-tls-").FullName;
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(60));

    public void Dispose()
    {
        _patience.Dispose();
        Directory.Delete(_scratch, recursive: true);
    }

    [Fact]
    public async Task A_service_is_believed_if_it_was_signed_by_whom_the_flags_name()
    {
        using TestAuthority authority = new(_scratch);
        using TestAuthority stranger = new(_scratch, "stranger");
        TestPair server = authority.Issue("server", "server", "127.0.0.1");
        await using TenetMember service = await ServeAsync(new TlsSettings { CertFile = server.CertFile, KeyFile = server.KeyFile });
        string address = new Uri(service.Urls[0]).Authority;
        Assert.StartsWith("https://", service.Urls[0], StringComparison.Ordinal);

        using EtcdDiscoveryClient right = Client(service.Urls[0], new TlsSettings { TrustedCaFile = authority.File });
        await right.PutAsync("/p/a", "n1=http://a", _patience.Token);
        Assert.Equal("n1=http://a", Assert.Single(await right.GetAsync("/p/", true, _patience.Token)).Value);

        // What has no scheme is asked with TLS where certificates are named.
        using EtcdDiscoveryClient bare = Client(address, new TlsSettings { TrustedCaFile = authority.File });
        Assert.Single(await bare.GetAsync("/p/", true, _patience.Token));

        string unknown = $"{service.Urls[0]}: connection error: desc = \"transport: authentication handshake failed: tls: failed to verify certificate: x509: certificate signed by unknown authority\"";
        using EtcdDiscoveryClient wrong = Client(service.Urls[0], new TlsSettings { TrustedCaFile = stranger.File });
        Assert.Equal(unknown, await ProblemAsync(wrong));
        using EtcdDiscoveryClient system = Client(address, TlsSettings.None, insecure: false);
        Assert.Equal(unknown, await ProblemAsync(system));

        using EtcdDiscoveryClient anybody = Client(address, new TlsSettings { SkipServerVerification = true }, insecure: false);
        Assert.Single(await anybody.GetAsync("/p/", true, _patience.Token));
    }

    [Fact]
    public async Task A_service_under_another_name_is_refused()
    {
        using TestAuthority authority = new(_scratch);
        TestPair server = authority.Issue("server", "server", "discovery.example.com");
        await using TenetMember service = await ServeAsync(new TlsSettings { CertFile = server.CertFile, KeyFile = server.KeyFile });
        using EtcdDiscoveryClient client = Client(service.Urls[0], new TlsSettings { TrustedCaFile = authority.File });
        Assert.Contains("x509: certificate is not valid for 127.0.0.1", await ProblemAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_wants_to_know_who_asks_is_shown_the_certificate()
    {
        using TestAuthority authority = new(_scratch);
        TestPair server = authority.Issue("server", "server", "127.0.0.1");
        TestPair founder = authority.Issue("founder", "founder");
        await using TenetMember service = await ServeAsync(new TlsSettings
        {
            CertFile = server.CertFile,
            KeyFile = server.KeyFile,
            TrustedCaFile = authority.File,
            ClientCertAuth = true,
        });
        using EtcdDiscoveryClient known = Client(
            service.Urls[0], new TlsSettings { TrustedCaFile = authority.File, CertFile = founder.CertFile, KeyFile = founder.KeyFile });
        await known.PutAsync("/p/a", "n1=http://a", _patience.Token);
        using EtcdDiscoveryClient nameless = Client(service.Urls[0], new TlsSettings { TrustedCaFile = authority.File });
        Assert.StartsWith(service.Urls[0], await ProblemAsync(nameless), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_certificate_an_address_is_asked_in_the_clear_whatever_would_be_believed()
    {
        await using TenetMember service = await ServeAsync(TlsSettings.None);
        using EtcdDiscoveryClient client = Client(new Uri(service.Urls[0]).Authority, new TlsSettings { SkipServerVerification = true });
        Assert.Empty(await client.GetAsync("/p/", true, _patience.Token));
    }

    [Fact]
    public void Files_that_do_not_serve_are_told_of_at_the_start()
    {
        using TestAuthority authority = new(_scratch);
        TestPair founder = authority.Issue("founder", "founder");
        Assert.ThrowsAny<TlsSettingsException>(() => Client("127.0.0.1:1", new TlsSettings { CertFile = founder.CertFile }));
        Assert.ThrowsAny<TlsSettingsException>(() => Client("127.0.0.1:1", new TlsSettings { TrustedCaFile = Path.Combine(_scratch, "none.pem") }));
    }

    private Task<TenetMember> ServeAsync(TlsSettings tls) => TenetMember.StartAsync(new TenetOptions
    {
        Member = new MemberOptions
        {
            Name = "d",
            DataDirectory = Path.Combine(_scratch, "data"),
            InitialCluster = [new InitialMember("d", ["http://127.0.0.1:1"])],
            AdvertisePeerUrls = ["http://127.0.0.1:1"],
        },
        ListenClientUrls = [EtcdUrl.Parse($"{(tls.IsEmpty ? "http" : "https")}://127.0.0.1:0")],
        ListenPeerUrls = [],
        ClientTls = tls,
    });

    private static EtcdDiscoveryClient Client(string endpoint, TlsSettings tls, bool insecure = true) => new(
        new TenetOptions
        {
            Member = new MemberOptions { Name = "n", DataDirectory = "nowhere" },
            DiscoveryEndpoints = [endpoint],
            DiscoveryDialTimeout = TimeSpan.FromSeconds(30),
            DiscoveryTls = tls,
            DiscoveryInsecureTransport = insecure,
        },
        NoLog.Instance);

    private async Task<string> ProblemAsync(EtcdDiscoveryClient client) =>
        (await Assert.ThrowsAsync<IOException>(() => client.GetAsync("/p/", true, _patience.Token))).Message;
}

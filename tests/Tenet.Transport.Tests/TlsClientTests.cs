using System.Net.Security;
using System.Net.Sockets;
using Tenet.Foundation.Logging;
using Tenet.Tests;
using Tenet.Transport.Tls;

namespace Tenet.Transport.Tests;

/// <summary>Whom this end believes.</summary>
public sealed class TlsClientTests
{
    [Fact]
    public async Task Only_a_certificate_of_a_known_authority_for_the_dialled_host_is_believed()
    {
        await using TlsFixture tls = new();
        using TestAuthority other = new(tls.Scratch, "other");
        Uri uri = await tls.ListenAsync(tls.Settings);
        Assert.Equal("", await ProblemAsync(uri, new TlsSettings { TrustedCaFile = tls.Authority.File }));
        Assert.EndsWith("x509: certificate signed by unknown authority", await ProblemAsync(uri, new TlsSettings { TrustedCaFile = other.File }));
        Assert.EndsWith("x509: certificate signed by unknown authority", await ProblemAsync(uri, new TlsSettings()));
        Assert.EndsWith("x509: certificate is not valid for elsewhere.org", await ProblemAsync(uri, new TlsSettings { TrustedCaFile = tls.Authority.File, ServerName = "elsewhere.org" }));
        Assert.Equal("", await ProblemAsync(uri, new TlsSettings { TrustedCaFile = tls.Authority.File, ServerName = "localhost" }));
        Assert.Equal("", await ProblemAsync(uri, new TlsSettings { SkipServerVerification = true }));
    }

    [Fact]
    public async Task Allowed_names_hold_for_whoever_is_dialled_as_well()
    {
        await using TlsFixture tls = new();
        Uri uri = await tls.ListenAsync(tls.Settings);
        TestPair own = tls.Authority.Issue("own", "own");
        TlsSettings settings = new() { TrustedCaFile = tls.Authority.File, CertFile = own.CertFile, KeyFile = own.KeyFile };
        Assert.Equal("", await ProblemAsync(uri, settings with { AllowedCommonNames = ["server"] }));
        Assert.Equal("client certificate authentication failed", await ProblemAsync(uri, settings with { AllowedCommonNames = ["own"] }));
        Assert.Equal("client certificate authentication failed", await ProblemAsync(uri, settings with { AllowedCommonNames = ["server"], SkipServerVerification = true }));
    }

    [Fact]
    public async Task The_certificate_of_its_own_is_shown_where_there_is_one_and_follows_its_file()
    {
        await using TlsFixture tls = new();
        Uri uri = await tls.ListenAsync(tls.Mutual);
        TestPair own = tls.Authority.Issue("own", "own");
        TestPair client = tls.Authority.Issue("client", "client");
        Assert.Equal("hello own", await tls.GreetAsync(uri, own));
        Assert.Equal("hello client", await tls.GreetAsync(uri, own, new TlsSettings { ClientCertFile = client.CertFile, ClientKeyFile = client.KeyFile }));
        TlsClient following = new(new TlsSettings { TrustedCaFile = tls.Authority.File, CertFile = own.CertFile, KeyFile = own.KeyFile }, NoLog.Instance);
        Assert.Equal("hello own", await GreetAsync(uri, following));
        tls.Authority.Issue("own", "renewed");
        Assert.Equal("hello renewed", await GreetAsync(uri, following));
    }

    private static async Task<string> ProblemAsync(Uri uri, TlsSettings settings)
    {
        try
        {
            await GreetAsync(uri, new TlsClient(settings, NoLog.Instance));
            return "";
        }
        catch (IOException problem)
        {
            return problem.Message;
        }
    }

    private static async Task<string> GreetAsync(Uri uri, TlsClient client)
    {
        using var patience = new CancellationTokenSource(TlsFixture.Patience);
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(uri.Host, uri.Port, patience.Token);
        await using Stream stream = await client.OpenAsync(tcp.GetStream(), uri.Host, SslApplicationProtocol.Http11, patience.Token);
        return await TlsFixture.ReadAsync(stream, patience.Token);
    }
}

using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Tenet.Tests;
using Tenet.Transport.Tls;

namespace Tenet.Transport.Tests;

/// <summary>Who is let in through TLS, who is not, and what is said of it.</summary>
public sealed class TlsServerTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    [Fact]
    public async Task Without_client_certificates_whoever_speaks_tls_is_let_in_and_has_no_name()
    {
        await using TlsFixture tls = new();
        Uri uri = await tls.ListenAsync(tls.Settings);
        Assert.Equal("hello stranger", await tls.GreetAsync(uri));
        Assert.Equal("hello stranger", await tls.GreetAsync(uri, tls.Authority.Issue("bob", "bob")));
        Assert.DoesNotContain(tls.Log.Lines, line => line.Contains("rejected", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_common_name_of_a_verified_certificate_is_the_callers_where_that_is_asked_for()
    {
        await using TlsFixture tls = new();
        TestPair bob = tls.Authority.Issue("bob", "bob");
        Assert.Equal("hello bob", await tls.GreetAsync(await tls.ListenAsync(tls.Mutual), bob));
        Assert.Equal("hello ", await tls.GreetAsync(await tls.ListenAsync(tls.Mutual), tls.Authority.Issue("nameless", "")));
        // A file of authorities demands a certificate, but names nobody.
        Assert.Equal("hello stranger", await tls.GreetAsync(await tls.ListenAsync(tls.Mutual with { ClientCertAuth = false }), bob));
    }

    [Fact]
    public async Task Without_a_valid_certificate_nobody_is_let_in_and_the_log_says_why()
    {
        await using TlsFixture tls = new();
        using TestAuthority other = new(tls.Scratch, "other");
        Uri uri = await tls.ListenAsync(tls.Mutual);
        Assert.Equal("", await tls.GreetAsync(uri));
        await tls.Log.LineAsync("Warn rejected connection on client endpoint remote-addr=127.0.0.1:");
        await tls.Log.LineAsync("server-name= error=tls: client didn't provide a certificate");
        Assert.Equal("", await tls.GreetAsync(uri, other.Issue("mallory", "bob", "evil.org", "10.0.0.1")));
        await tls.Log.LineAsync("ip-addresses=10.0.0.1 dns-names=evil.org error=tls: failed to verify certificate: x509: certificate signed by unknown authority");
        Assert.Equal("", await tls.GreetAsync(uri, tls.Authority.Issue("late", "bob", Now.AddDays(-9), Now.AddDays(-1))));
        Assert.Contains(" is after ", await tls.Log.LineAsync("x509: certificate has expired or is not yet valid: current time "));
        Assert.Equal("", await tls.GreetAsync(uri, tls.Authority.Issue("early", "bob", Now.AddDays(1), Now.AddDays(2))));
        await tls.Log.LineAsync(" is before ");
        Assert.Equal("hello bob", await tls.GreetAsync(uri, tls.Authority.Issue("bob", "bob")));
    }

    [Fact]
    public async Task A_revoked_certificate_is_refused_from_the_moment_when_the_list_names_it()
    {
        await using TlsFixture tls = new();
        TestPair bob = tls.Authority.Issue("bob", "bob");
        TestPair eve = tls.Authority.Issue("eve", "eve");
        string list = tls.Authority.Revoke("crl.der", eve);
        Uri uri = await tls.ListenAsync(tls.Mutual with { CrlFile = list });
        Assert.Equal("hello bob", await tls.GreetAsync(uri, bob));
        Assert.Equal("", await tls.GreetAsync(uri, eve));
        await tls.Log.LineAsync($"error=transport: certificate serial {eve.Serial.ToString("x").TrimStart('0')} revoked");
        tls.Authority.Revoke("crl.der", bob);
        Assert.Equal("", await tls.GreetAsync(uri, bob));
        Assert.Equal("hello eve", await tls.GreetAsync(uri, eve));
        await File.WriteAllTextAsync(list, "no list");
        Assert.Equal("", await tls.GreetAsync(uri, eve));
        await tls.Log.LineAsync("x509: malformed crl");
        File.Delete(list);
        Assert.Equal("", await tls.GreetAsync(uri, eve));
        await tls.Log.LineAsync($"error=open {list}: no such file or directory");
    }

    [Fact]
    public async Task Only_allowed_names_are_let_in()
    {
        await using TlsFixture tls = new();
        TestPair bob = tls.Authority.Issue("bob", "bob", "bob.example.org");
        TestPair eve = tls.Authority.Issue("eve", "bob.example.org", "eve.example.org");
        Uri byName = await tls.ListenAsync(tls.Mutual with { AllowedCommonNames = ["alice", "bob"] });
        Assert.Equal("hello bob", await tls.GreetAsync(byName, bob));
        Assert.Equal("", await tls.GreetAsync(byName, eve));
        await tls.Log.LineAsync("error=client certificate authentication failed");
        Uri byHost = await tls.ListenAsync(tls.Mutual with { AllowedHostnames = ["bob.example.org"] });
        Assert.Equal("hello bob", await tls.GreetAsync(byHost, bob));
        // A common name is no host name.
        Assert.Equal("", await tls.GreetAsync(byHost, eve));
    }

    [Theory]
    [InlineData(TlsDoor.Clients, "10.9.8.7", true)]
    [InlineData(TlsDoor.Peers, "10.9.8.7", false)]
    [InlineData(TlsDoor.Metrics, "10.9.8.7", false)]
    [InlineData(TlsDoor.Peers, "127.0.0.1", true)]
    [InlineData(TlsDoor.Peers, "localhost", true)]
    [InlineData(TlsDoor.Peers, "tenet.invalid", false)]
    [InlineData(TlsDoor.Peers, null, true)]
    public async Task A_peers_certificate_must_belong_to_the_address_that_it_comes_from(TlsDoor door, string? host, bool letIn)
    {
        await using TlsFixture tls = new();
        TestPair bob = tls.Authority.Issue("bob", "bob", host is null ? [] : [host]);
        Assert.Equal(letIn ? "hello bob" : "", await tls.GreetAsync(await tls.ListenAsync(tls.Mutual, door), bob));
        if (letIn)
            return;
        string which = door == TlsDoor.Peers ? "peer" : "client";
        string line = await tls.Log.LineAsync($"rejected connection on {which} endpoint");
        Assert.Contains(host == "10.9.8.7" ? "x509: certificate is valid for 10.9.8.7, not 127.0.0.1" : "tls: \"127.0.0.1\" does not match any of DNSNames [\"tenet.invalid\"]", line);
        if (door == TlsDoor.Peers)
            Assert.Equal("hello bob", await tls.GreetAsync(await tls.ListenAsync(tls.Mutual with { SkipClientSanVerification = true }, door), bob));
    }

    [Fact]
    public async Task A_chain_through_an_intermediate_is_believed_and_so_is_a_trusted_intermediate()
    {
        await using TlsFixture tls = new();
        using TestAuthority middle = new(tls.Scratch, "middle", tls.Authority);
        TestPair bob = middle.Issue("bob", "bob");
        Assert.Equal("hello bob", await tls.GreetAsync(await tls.ListenAsync(tls.Mutual with { TrustedCaFile = middle.File }), bob));
        Assert.Equal("", await tls.GreetAsync(await tls.ListenAsync(tls.Mutual), bob));
        await File.AppendAllTextAsync(bob.CertFile, "\n" + middle.Pem);
        Assert.Equal("hello bob", await tls.GreetAsync(await tls.ListenAsync(tls.Mutual), bob));
    }

    [Fact]
    public async Task An_exchanged_certificate_is_shown_to_the_next_caller_and_a_broken_one_harms_only_while_it_is_broken()
    {
        await using TlsFixture tls = new();
        Uri uri = await tls.ListenAsync(tls.Settings);
        Assert.Equal("server", await ShownAsync(uri));
        tls.Authority.Issue("server", "renewed", "127.0.0.1");
        Assert.Equal("renewed", await ShownAsync(uri));
        string key = await File.ReadAllTextAsync(tls.Server.KeyFile);
        await File.WriteAllTextAsync(tls.Server.KeyFile, "half a k");
        Assert.Equal("", await tls.GreetAsync(uri));
        await tls.Log.LineAsync($"Warn failed to create peer certificate cert-file={tls.Server.CertFile} key-file={tls.Server.KeyFile} error=tls: failed to find any PEM data in key input");
        File.Delete(tls.Server.KeyFile);
        Assert.Equal("", await tls.GreetAsync(uri));
        await tls.Log.LineAsync("Warn failed to find peer cert files");
        await File.WriteAllTextAsync(tls.Server.KeyFile, key);
        Assert.Equal("renewed", await ShownAsync(uri));
    }

    [Theory]
    [InlineData("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    [InlineData("\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000")]
    [InlineData("\u0016\u0003\u0001\u0000\u0010garbage garbage!garbage")]
    public async Task What_is_not_tls_is_closed_without_an_answer_in_the_clear(string bytes)
    {
        await using TlsFixture tls = new();
        Uri uri = await tls.ListenAsync(tls.Settings);
        Assert.DoesNotContain("HTTP", await TlsFixture.SendRawAsync(uri, bytes));
        await tls.Log.LineAsync("Warn rejected connection on client endpoint");
        Assert.Equal("hello stranger", await tls.GreetAsync(uri));
    }

    [Fact]
    public async Task Http_on_a_tls_port_is_named_in_gos_words_and_a_silent_end_is_worth_no_warning()
    {
        await using TlsFixture tls = new();
        Uri uri = await tls.ListenAsync(tls.Settings);
        await TlsFixture.SendRawAsync(uri, "GET / HTTP/1.1\r\n\r\n");
        await tls.Log.LineAsync("error=tls: first record does not look like a TLS handshake");
        using (var tcp = new TcpClient())
            await tcp.ConnectAsync(uri.Host, uri.Port);
        await tls.Log.LineAsync("Debug rejected connection on client endpoint");
    }

    [Fact]
    public async Task One_address_serves_both_where_both_are_asked_for()
    {
        await using TlsFixture tls = new();
        Uri uri = await tls.ListenAsync(new TlsServer(tls.Settings, TlsDoor.Clients, tls.Log), plainToo: true);
        Assert.Equal("hello stranger", await tls.GreetAsync(uri));
        Assert.Equal("in the clear", await TlsFixture.SendRawAsync(uri, "GET / HTTP/1.1\r\n\r\n"));
    }

    [Fact]
    public async Task A_handshake_that_never_goes_on_is_ended_when_its_time_is_over()
    {
        await using TlsFixture tls = new();
        LateClock clock = new();
        Uri uri = await tls.ListenAsync(new TlsServer(tls.Settings, TlsDoor.Clients, tls.Log, clock));
        using var slow = new TcpClient();
        await slow.ConnectAsync(uri.Host, uri.Port);
        await clock.ExpireAsync();
        using var patience = new CancellationTokenSource(TlsFixture.Patience);
        Assert.Equal("", await TlsFixture.ReadAsync(slow.GetStream(), patience.Token));
        await tls.Log.LineAsync("error=i/o timeout");
        Assert.Equal(TlsServer.HandshakeMax, clock.Due);
    }

    [Fact]
    public async Task Of_too_many_handshakes_at_once_the_oldest_gives_way()
    {
        await using TlsFixture tls = new();
        Uri uri = await tls.ListenAsync(new TlsServer(tls.Settings, TlsDoor.Clients, tls.Log, pendingMax: 3));
        using var patience = new CancellationTokenSource(TlsFixture.Patience);
        List<TcpClient> silent = [];
        for (int i = 0; i < 10; i++)
        {
            silent.Add(new TcpClient());
            await silent[^1].ConnectAsync(uri.Host, uri.Port);
        }
        Assert.Equal("hello stranger", await tls.GreetAsync(uri));
        await tls.Log.LineAsync("error=too many handshakes at once");
        foreach (TcpClient client in silent.Take(7))
        {
            try
            {
                Assert.Equal("", await TlsFixture.ReadAsync(client.GetStream(), patience.Token));
            }
            catch (IOException)
            {
                // Reset, which is an end as well.
            }
        }
        silent.ForEach(static client => client.Dispose());
    }

    [Theory]
    [InlineData("TLS1.3", "", SslProtocols.Tls12, false)]
    [InlineData("TLS1.3", "", SslProtocols.Tls13, true)]
    [InlineData("TLS1.2", "TLS1.2", SslProtocols.Tls13, false)]
    [InlineData("TLS1.2", "TLS1.2", SslProtocols.Tls12, true)]
    [InlineData("TLS1.2", "", SslProtocols.Tls12 | SslProtocols.Tls13, true)]
    public async Task Only_the_versions_that_are_asked_for_are_spoken(string min, string max, SslProtocols spoken, bool served)
    {
        await using TlsFixture tls = new();
        Uri uri = await tls.ListenAsync(tls.Settings with { MinVersion = min, MaxVersion = max });
        Assert.Equal(served, await HandshakeAsync(uri, new SslClientAuthenticationOptions { EnabledSslProtocols = spoken }) is not null);
    }

    [Theory]
    [InlineData("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")]
    [InlineData("TLS_RSA_WITH_RC4_128_SHA,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")]
    public async Task Only_the_cipher_suites_that_are_asked_for_are_spoken(string names)
    {
        await using TlsFixture tls = new();
        Uri uri = await tls.ListenAsync(tls.Settings with { MaxVersion = "TLS1.2", CipherSuites = names.Split(',') });
        using SslStream? any = await HandshakeAsync(uri, new SslClientAuthenticationOptions());
        Assert.Equal(TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, any?.NegotiatedCipherSuite);
#pragma warning disable CA1416 // These tests run on Linux.
        CipherSuitesPolicy others = new([TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]);
#pragma warning restore CA1416
        Assert.Null(await HandshakeAsync(uri, new SslClientAuthenticationOptions { CipherSuitesPolicy = others }));
    }

    [Theory]
    [InlineData(TlsDoor.Clients, "h2,http/1.1", "h2")]
    [InlineData(TlsDoor.Clients, "http/1.1", "http/1.1")]
    [InlineData(TlsDoor.Clients, "", "")]
    [InlineData(TlsDoor.Peers, "h2,http/1.1", "http/1.1")]
    public async Task Both_ends_agree_on_what_is_spoken_above(TlsDoor door, string offered, string agreed)
    {
        await using TlsFixture tls = new();
        Uri uri = await tls.ListenAsync(tls.Settings, door);
        SslClientAuthenticationOptions options = new()
        {
            ApplicationProtocols = [.. offered.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(static name => new SslApplicationProtocol(name))],
        };
        using SslStream? stream = await HandshakeAsync(uri, options);
        Assert.Equal(agreed, stream?.NegotiatedApplicationProtocol.ToString());
    }

    private static async Task<string?> ShownAsync(Uri uri)
    {
        using SslStream? stream = await HandshakeAsync(uri, new SslClientAuthenticationOptions());
        return stream is null ? null : CertificateNames.CommonName((System.Security.Cryptography.X509Certificates.X509Certificate2)stream.RemoteCertificate!);
    }

    private static async Task<SslStream?> HandshakeAsync(Uri uri, SslClientAuthenticationOptions options)
    {
        using var patience = new CancellationTokenSource(TlsFixture.Patience);
        var tcp = new TcpClient();
        await tcp.ConnectAsync(uri.Host, uri.Port, patience.Token);
        var stream = new SslStream(tcp.GetStream());
        options.TargetHost = uri.Host;
        options.RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null;
        try
        {
            await stream.AuthenticateAsClientAsync(options, patience.Token);
            return stream;
        }
        catch (Exception failure) when (failure is AuthenticationException or IOException)
        {
            await stream.DisposeAsync();
            return null;
        }
    }

    /// <summary>A clock whose timers expire when the test says so.</summary>
    private sealed class LateClock : TimeProvider
    {
        private readonly TaskCompletionSource<(TimerCallback Callback, object? State)> _timer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TimeSpan Due { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime;
            _timer.TrySetResult((callback, state));
            return System.CreateTimer(static _ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public async Task ExpireAsync()
        {
            (TimerCallback callback, object? state) = await _timer.Task.WaitAsync(TlsFixture.Patience);
            callback(state);
        }
    }
}

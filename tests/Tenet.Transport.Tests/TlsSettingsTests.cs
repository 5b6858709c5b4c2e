using System.Net;
using System.Security.Cryptography.X509Certificates;
using Tenet.Foundation.Logging;
using Tenet.Tests;
using Tenet.Transport.Tls;

namespace Tenet.Transport.Tests;

/// <summary>What is refused before the first handshake, and the pair that a member signs itself.</summary>
public sealed class TlsSettingsTests
{
    [Fact]
    public async Task Settings_that_cannot_work_are_refused_in_etcds_words()
    {
        await using TlsFixture tls = new();
        TestPair other = tls.Authority.Issue("other", "other");
        TlsSettings good = tls.Settings;
        string missing = Path.Combine(tls.Scratch, "missing");
        Refused($"KeyFile and CertFile must both be present[key: , cert: {good.CertFile}]", good with { KeyFile = "" });
        Refused($"open {missing}: no such file or directory", good with { CertFile = missing });
        Refused("tls: private key does not match public key", good with { KeyFile = other.KeyFile });
        Refused("tls: failed to find any PEM data in key input", good with { KeyFile = Written(tls, "no key") });
        Refused("tls: failed to find any PEM data in certificate input", good with { CertFile = Written(tls, "no certificate") });
        Refused($"ClientKeyFile and ClientCertFile must both be present or both absent: key: , cert: {other.CertFile}]", good with { ClientCertFile = other.CertFile });
        Refused($"open {missing}: no such file or directory", good with { ClientCertFile = missing, ClientKeyFile = missing });
        Refused($"open {missing}: no such file or directory", good with { TrustedCaFile = missing });
        Refused(
            "AllowedCNs and AllowedHostnames are mutually exclusive (cns=[\"a\" \"b\"], hostnames=[\"c\"])",
            good with { AllowedCommonNames = ["a", "b"], AllowedHostnames = ["c"] });
        Refused("unexpected TLS cipher suite \"X\"", good with { CipherSuites = ["X"] });
    }

    [Fact]
    public void Every_cipher_suite_that_etcd_takes_is_taken()
    {
        string[] names =
        [
            "TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256", "TLS_RSA_WITH_RC4_128_SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA", "TLS_RSA_WITH_AES_128_CBC_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        ];
        Assert.Null(TlsProtocols.Problem("TLS1.2", "", names));
        Assert.NotNull(TlsProtocols.Problem("TLS1.2", "", ["TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"]));
    }

    [Fact]
    public async Task A_self_signed_pair_is_made_once_and_serves_both_directions()
    {
        await using TlsFixture tls = new();
        string directory = Path.Combine(tls.Scratch, "data", "fixtures", "peer");
        TlsSettings made = SelfSignedPair.Ensure(directory, ["127.0.0.1", "example.org", "127.0.0.1"], 2, tls.Log);
        await tls.Log.LineAsync("automatically generate certificates");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(made.KeyFile));
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(made.CertFile));
        Assert.Equal("O=etcd", certificate.Subject);
        (List<IPAddress> addresses, List<string> names) = CallerNames.Of(certificate);
        Assert.Equal([IPAddress.Loopback], addresses);
        Assert.Equal(["example.org"], names);
        Assert.InRange(certificate.NotAfter - certificate.NotBefore, TimeSpan.FromDays(729), TimeSpan.FromDays(731));

        byte[] before = await File.ReadAllBytesAsync(made.CertFile);
        Assert.Equal(made, SelfSignedPair.Ensure(directory, [], 2, tls.Log));
        Assert.Equal(before, await File.ReadAllBytesAsync(made.CertFile));
        Uri uri = await tls.ListenAsync(made);
        Assert.Equal("", await tls.GreetAsync(uri));
        Assert.Equal("hello stranger", await tls.GreetAsync(uri, settings: new TlsSettings { SkipServerVerification = true }));
        Assert.Throws<TlsSettingsException>(() => SelfSignedPair.Ensure(directory, [], 0, tls.Log));
    }

    private static string Written(TlsFixture tls, string text)
    {
        string path = Path.Combine(tls.Scratch, text.Replace(' ', '-'));
        File.WriteAllText(path, text);
        return path;
    }

    private static void Refused(string message, TlsSettings settings) =>
        Assert.Equal(message, Assert.Throws<TlsSettingsException>(() => new TlsServer(settings, TlsDoor.Clients, NoLog.Instance)).Message);
}

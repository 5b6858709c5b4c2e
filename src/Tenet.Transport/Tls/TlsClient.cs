using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Tenet.Foundation.Logging;

namespace Tenet.Transport.Tls;

/// <summary>Speaks TLS with whom this member connects to, and decides whether that is who was meant (contract/consensus.md, 4.11).</summary>
public sealed class TlsClient
{
    private readonly TlsSettings _settings;
    private readonly ILog _log;
    private readonly KeyPairFiles? _pair;
    private readonly CertificatePool _trusted;
    private readonly X509ChainPolicy _policy;
    private readonly CipherSuitesPolicy? _suites;

    /// <summary>Reads every file once, so that a start fails for what no handshake could mend.</summary>
    /// <exception cref="TlsSettingsException">The settings contradict each other, or a file does not serve.</exception>
    public TlsClient(TlsSettings settings, ILog log)
    {
        if (!settings.IsEmpty)
            TlsChecks.Check(settings);
        _settings = settings;
        _log = log;
        (string certFile, string keyFile) = settings.ClientCertFile.Length > 0 ? (settings.ClientCertFile, settings.ClientKeyFile) : (settings.CertFile, settings.KeyFile);
        _pair = settings.IsEmpty ? null : new KeyPairFiles(certFile, keyFile);
        _trusted = CertificatePool.Load(settings.TrustedCaFile);
        _policy = _trusted.Policy(ofClients: false);
        _suites = TlsProtocols.Suites(settings);
    }

    /// <summary>What a handshake with a host takes; asked for anew for each, because certificates change.</summary>
    /// <param name="host">The host that is dialled, by the name or address that its certificate must be made out to.</param>
    /// <param name="protocol">What is spoken above TLS.</param>
    /// <remarks>Whoever makes the handshake is told what is wrong with the certificate by an <see cref="AuthenticationException"/>: the runtime's own says only that something is.</remarks>
    public SslClientAuthenticationOptions Options(string host, SslApplicationProtocol protocol)
    {
        (SslClientAuthenticationOptions options, Func<string?> problem) = OptionsAndProblem(host, protocol);
        RemoteCertificateValidationCallback isRight = options.RemoteCertificateValidationCallback!;
        options.RemoteCertificateValidationCallback = (sender, certificate, chain, errors) =>
            isRight(sender, certificate, chain, errors) ? true : throw new AuthenticationException(problem());
        return options;
    }

    /// <summary>Makes the handshake on a connection.</summary>
    /// <param name="connection">The connection; closed with the answer, or if there is none.</param>
    /// <param name="host">The host that is dialled.</param>
    /// <param name="protocol">What is spoken above TLS.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="IOException">The other end is not who was meant, or does not want to speak; the message is Go's where Go has one.</exception>
    public async ValueTask<Stream> OpenAsync(Stream connection, string host, SslApplicationProtocol protocol, CancellationToken cancellation)
    {
        (SslClientAuthenticationOptions options, Func<string?> problem) = OptionsAndProblem(host, protocol);
        var stream = new SslStream(connection, leaveInnerStreamOpen: false);
        try
        {
            await stream.AuthenticateAsClientAsync(options, cancellation);
            return stream;
        }
        catch (Exception failure)
        {
            await stream.DisposeAsync();
            if (failure is OperationCanceledException)
                throw;
            throw new IOException(problem() ?? TlsFailures.Text(failure), failure);
        }
    }

    private (SslClientAuthenticationOptions Options, Func<string?> Problem) OptionsAndProblem(string host, SslApplicationProtocol protocol)
    {
        string name = _settings.ServerName.Length > 0 ? _settings.ServerName : host;
        string? problem = null;
        SslClientAuthenticationOptions options = new()
        {
            TargetHost = name,
            ApplicationProtocols = [protocol],
            ClientCertificateContext = LoadPair(),
            CertificateChainPolicy = _policy,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CipherSuitesPolicy = _suites,
            EnabledSslProtocols = TlsProtocols.Versions(_settings),
            RemoteCertificateValidationCallback = (_, certificate, chain, _) => (problem = ProblemOf(name, certificate as X509Certificate2, chain)) is null,
        };
        return (options, () => problem);
    }

    private string? ProblemOf(string name, X509Certificate2? leaf, X509Chain? chain)
    {
        if (leaf is null || chain is null)
            return "tls: the server showed no certificate";
        if (!_settings.SkipServerVerification)
        {
            if (_trusted.Problem(leaf, chain, TimeProvider.System.GetUtcNow()) is { } problem)
                return "tls: failed to verify certificate: " + problem;
            if (!CertificateNames.IsFor(leaf, name))
                return $"tls: failed to verify certificate: x509: certificate is not valid for {name}";
            return CertificateNames.IsAllowed(_settings, leaf) ? null : CertificateNames.NotAllowed;
        }
        // Names are only believed in a certificate that was verified.
        return _settings.AllowedCommonNames.Count > 0 || _settings.AllowedHostnames.Count > 0 ? CertificateNames.NotAllowed : null;
    }

    private SslStreamCertificateContext? LoadPair()
    {
        try
        {
            return _pair?.Load();
        }
        catch (Exception failure) when (failure is IOException or TlsSettingsException)
        {
            string text = failure is FileNotFoundException ? "failed to find client cert files" : "failed to create client certificate";
            _log.Warn(text, new("cert-file", _pair!.CertFile), new("key-file", _pair.KeyFile), new("error", failure.Message));
            throw failure as IOException ?? new IOException(failure.Message, failure);
        }
    }
}

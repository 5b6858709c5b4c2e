using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Tenet.Foundation.Logging;

namespace Tenet.Transport.Tls;

/// <summary>Speaks TLS with whoever connects, and decides who may (contract/consensus.md, 4.11; contract/api.md, 6.2).</summary>
public sealed class TlsServer
{
    /// <summary>How long a handshake may take, with everything that is asked about the caller: etcd's bound.</summary>
    public static readonly TimeSpan HandshakeMax = TimeSpan.FromSeconds(10);

    /// <summary>Handshakes under way at one time, for each listener.</summary>
    private const int PendingMax = 1024;

    private readonly TlsSettings _settings;
    private readonly TlsDoor _door;
    private readonly ILog _log;
    private readonly TimeProvider _clock;
    private readonly KeyPairFiles _pair;
    private readonly CertificatePool _trusted;
    private readonly X509ChainPolicy _policy;
    private readonly CipherSuitesPolicy? _suites;
    private readonly PendingHandshakes _pending;

    /// <summary>Reads every file once, so that a start fails for what no handshake could mend.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="door">Who is expected.</param>
    /// <param name="log">Where refused connections are noted.</param>
    /// <param name="clock">Bounds handshakes; the system's if null.</param>
    /// <param name="pendingMax">Handshakes under way at one time.</param>
    /// <exception cref="TlsSettingsException">The settings contradict each other, or a file does not serve.</exception>
    public TlsServer(TlsSettings settings, TlsDoor door, ILog log, TimeProvider? clock = null, int pendingMax = PendingMax)
    {
        TlsChecks.Check(settings);
        _settings = settings;
        _door = door;
        _log = log;
        _clock = clock ?? TimeProvider.System;
        _pair = new KeyPairFiles(settings.CertFile, settings.KeyFile);
        _trusted = CertificatePool.Load(settings.TrustedCaFile);
        _policy = _trusted.Policy(ofClients: true);
        _suites = TlsProtocols.Suites(settings);
        _pending = new PendingHandshakes(pendingMax);
        if (settings.TrustedCaFile.Length > 0)
            log.Info("Loading cert pool", new("cs", new[] { settings.TrustedCaFile }), new("tlsinfo", settings.ToString()));
    }

    private bool DemandsCertificate => _settings.ClientCertAuth || _settings.TrustedCaFile.Length > 0;

    /// <summary>
    /// Makes the handshake on a connection and puts TLS under it. Whoever may not come in is noted in the log; the connection is the caller's to
    /// close in any case.
    /// </summary>
    /// <returns>Whether the connection may go on.</returns>
    internal async Task<bool> OpenAsync(ConnectionContext connection)
    {
        var caller = new Caller();
        LinkedListNode<ConnectionContext> pending = _pending.Enter(connection);
        var stream = new SslStream(new DuplexPipeStream(connection.Transport), leaveInnerStreamOpen: false);
        (string? problem, bool gone) = await ProblemAsync(stream, caller, connection.RemoteEndPoint);
        if (!_pending.Leave(pending))
            (problem, gone) = ("too many handshakes at once", false);
        if (problem is null)
        {
            string? name = _settings.ClientCertAuth && caller.Leaf is { } leaf ? CertificateNames.CommonName(leaf) : null;
            new TlsSession(stream, caller.Leaf, name).Attach(connection);
            return true;
        }
        Note(connection, caller, stream.TargetHostName, problem, gone ? LogLevel.Debug : LogLevel.Warn);
        await stream.DisposeAsync();
        return false;
    }

    /// <summary>Why the caller may not come in, or null; and whether it has just gone away.</summary>
    private async Task<(string? Problem, bool Gone)> ProblemAsync(SslStream stream, Caller caller, EndPoint? from)
    {
        using var patience = new CancellationTokenSource(HandshakeMax, _clock);
        try
        {
            await stream.AuthenticateAsServerAsync(Options(caller), patience.Token);
            return (await RefusalAsync(caller, from, patience.Token), false);
        }
        catch (Exception failure) when (failure is AuthenticationException or IOException or OperationCanceledException or InvalidOperationException or TlsSettingsException)
        {
            if (patience.IsCancellationRequested)
                return ("i/o timeout", false);
            string text = caller.Problem ?? TlsFailures.Text(failure);
            return (text, text == TlsFailures.EndOfFile);
        }
    }

    private SslServerAuthenticationOptions Options(Caller caller) => new()
    {
        ServerCertificateContext = LoadPair(),
        ClientCertificateRequired = DemandsCertificate,
        CertificateChainPolicy = _policy,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        CipherSuitesPolicy = _suites,
        EnabledSslProtocols = TlsProtocols.Versions(_settings),
        ApplicationProtocols = _door == TlsDoor.Peers ? [SslApplicationProtocol.Http11] : [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
        // A resumed session would not show its certificate again.
        AllowTlsResume = !DemandsCertificate,
        RemoteCertificateValidationCallback = (_, certificate, chain, _) => !DemandsCertificate || Verify(caller, certificate as X509Certificate2, chain),
    };

    private SslStreamCertificateContext LoadPair()
    {
        try
        {
            return _pair.Load();
        }
        catch (Exception failure) when (failure is IOException or TlsSettingsException)
        {
            string text = failure is FileNotFoundException ? "failed to find peer cert files" : "failed to create peer certificate";
            _log.Warn(text, new("cert-file", _pair.CertFile), new("key-file", _pair.KeyFile), new("error", failure.Message));
            throw;
        }
    }

    private bool Verify(Caller caller, X509Certificate2? leaf, X509Chain? chain)
    {
        if (leaf is null || chain is null)
        {
            caller.Problem = "tls: client didn't provide a certificate";
            return false;
        }
        // Of its own: the stream's goes with a handshake that fails, and there is still something to be said of it.
        caller.Leaf = X509CertificateLoader.LoadCertificate(leaf.RawDataMemory.Span);
        caller.Serials = [leaf.SerialNumber, .. chain.ChainPolicy.ExtraStore.Select(static shown => shown.SerialNumber)];
        if (_trusted.Problem(leaf, chain, _clock.GetUtcNow()) is { } problem)
            caller.Problem = "tls: failed to verify certificate: " + problem;
        else if (!CertificateNames.IsAllowed(_settings, leaf))
            caller.Problem = CertificateNames.NotAllowed;
        return caller.Problem is null;
    }

    /// <summary>What is asked about a caller once its certificate is proven.</summary>
    private async Task<string?> RefusalAsync(Caller caller, EndPoint? from, CancellationToken cancellation)
    {
        if (caller.Leaf is null)
            return null;
        bool mustFit = _door == TlsDoor.Metrics || (_door == TlsDoor.Peers && !_settings.SkipClientSanVerification);
        if (mustFit && from is IPEndPoint { Address: { } address } && await CallerNames.ProblemAsync(caller.Leaf, address, cancellation) is { } problem)
            return problem;
        if (_settings.CrlFile.Length == 0)
            return null;
        HashSet<string> revoked = RevocationList.Load(_settings.CrlFile);
        return caller.Serials.FirstOrDefault(revoked.Contains) is { } serial ? $"transport: certificate serial {serial.ToLowerInvariant()} revoked" : null;
    }

    private void Note(ConnectionContext connection, Caller caller, string serverName, string problem, LogLevel level)
    {
        if (!_log.IsEnabled(level))
            return;
        string text = $"rejected connection on {(_door == TlsDoor.Peers ? "peer" : "client")} endpoint";
        LogField from = new("remote-addr", connection.RemoteEndPoint?.ToString() ?? "@");
        LogField name = new("server-name", serverName);
        LogField error = new("error", problem);
        if (caller.Leaf is null)
        {
            _log.Write(level, null, text, [from, name, error]);
            return;
        }
        (List<IPAddress> addresses, List<string> names) = CallerNames.Of(caller.Leaf);
        _log.Write(level, null, text, [from, name, new("ip-addresses", addresses.ConvertAll(static address => address.ToString())), new("dns-names", names), error]);
    }

    /// <summary>What a handshake has learnt of its caller.</summary>
    private sealed class Caller
    {
        public X509Certificate2? Leaf { get; set; }

        /// <summary>The serial numbers of all certificates that it showed, in hexadecimal.</summary>
        public IReadOnlyList<string> Serials { get; set; } = [];

        public string? Problem { get; set; }
    }
}

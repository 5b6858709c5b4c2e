using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Tenet.App.Logging;
using Tenet.Client;
using Tenet.CommandLine;
using Tenet.Foundation.Logging;
using Tenet.Hosting;
using Tenet.Client.Discovery;
using Tenet.Proxy;
using Tenet.Proxy.Forwarding;
using Tenet.Transport.Tls;

namespace Tenet.App.Proxies;

/// <summary><c>grpc-proxy start</c>: answers etcd's API in front of the servers.</summary>
internal sealed class GrpcProxyCommand
{
    private static readonly TimeSpan DialTimeout = TimeSpan.FromSeconds(5);

    private readonly Flag<string> _listenAddr;
    private readonly Flag<string> _metricsAddr;
    private readonly Flag<IReadOnlyList<string>> _endpoints;
    private readonly Flag<TimeSpan> _endpointsAutoSyncInterval;
    private readonly Flag<string> _discoverySrv;
    private readonly Flag<string> _discoverySrvName;
    private readonly Flag<bool> _insecureDiscovery;
    private readonly Flag<TimeSpan> _dialKeepAliveTime;
    private readonly Flag<TimeSpan> _dialKeepAliveTimeout;
    private readonly Flag<bool> _permitWithoutStream;
    private readonly Flag<string> _advertiseClientUrl;
    private readonly Flag<string> _resolverPrefix;
    private readonly Flag<long> _resolverTtl;
    private readonly Flag<string> _namespace;
    private readonly Flag<bool> _enablePprof;
    private readonly Flag<string> _dataDir;
    private readonly Flag<long> _maxSendBytes;
    private readonly Flag<long> _maxReceiveBytes;
    private readonly Flag<uint> _maxConcurrentStreams;
    private readonly Flag<TimeSpan> _keepAliveMinTime;
    private readonly Flag<TimeSpan> _keepAliveInterval;
    private readonly Flag<TimeSpan> _keepAliveTimeout;
    private readonly Flag<string> _cert;
    private readonly Flag<string> _key;
    private readonly Flag<string> _caCert;
    private readonly Flag<bool> _insecureSkipTlsVerify;
    private readonly Flag<string> _certFile;
    private readonly Flag<string> _keyFile;
    private readonly Flag<string> _trustedCaFile;
    private readonly Flag<IReadOnlyList<string>> _listenCipherSuites;
    private readonly Flag<bool> _autoTls;
    private readonly Flag<string> _clientCrlFile;
    private readonly Flag<ulong> _selfSignedCertValidity;
    private readonly Flag<string> _tlsMinVersion;
    private readonly Flag<string> _tlsMaxVersion;
    private readonly Flag<bool> _serializableOrdering;
    private readonly Flag<string> _leasingPrefix;
    private readonly Flag<bool> _grpcLogging;
    private readonly Flag<bool> _debug;

    private GrpcProxyCommand(FlagSet flags)
    {
        _listenAddr = flags.Text("listen-addr", "127.0.0.1:23790", "where the proxy listens");
        _metricsAddr = flags.Text("metrics-addr", "", "URL where the proxy's pages are served beside --listen-addr");
        _endpoints = flags.List("endpoints", ["127.0.0.1:2379"], "the servers, unless they are discovered");
        _endpointsAutoSyncInterval = flags.Duration("endpoints-auto-sync-interval", TimeSpan.Zero, "how often the servers are asked who the members are, which are called from then on; 0 never asks");
        _discoverySrv = flags.Text("discovery-srv", "", "domain whose SRV records name the servers");
        _discoverySrvName = flags.Text("discovery-srv-name", "", "what follows the service's name in these records");
        _insecureDiscovery = flags.Switch("insecure-discovery", false, "believe SRV records without asking the servers for certificates of the domain");
        _dialKeepAliveTime = flags.Duration("dial-keepalive-time", TimeSpan.Zero, "how long a connection to a server may be silent before it is pinged; 0 never pings");
        _dialKeepAliveTimeout = flags.Duration("dial-keepalive-timeout", TimeSpan.FromSeconds(20), "how long a server may take to answer a ping");
        _permitWithoutStream = flags.Switch("permit-without-stream", false, "ping servers also while no call is open");
        _advertiseClientUrl = flags.Text("advertise-client-url", "127.0.0.1:23790", "where clients find the proxy, as MemberList tells them; empty tells them the servers");
        _resolverPrefix = flags.Text("resolver-prefix", "", "below which key the proxies of a cluster write themselves down");
        _resolverTtl = flags.Integer("resolver-ttl", 0, "how many seconds such an entry outlives its proxy");
        _namespace = flags.Text("namespace", "", "put before every key");
        _enablePprof = flags.Switch("enable-pprof", false, "tell of threads and heap at /debug/pprof/; Go's profiles are refused there");
        _dataDir = flags.Text("data-dir", "default.proxy", "where certificates of --auto-tls lie");
        _maxSendBytes = flags.Integer("max-send-bytes", 1_572_864, "largest request that is passed on, in bytes");
        _maxReceiveBytes = flags.Integer("max-recv-bytes", int.MaxValue, "largest answer that is taken from a server, in bytes");
        _maxConcurrentStreams = flags.Unsigned32("max-concurrent-streams", uint.MaxValue, "how many calls one connection may have open");
        _keepAliveMinTime = flags.Duration("grpc-keepalive-min-time", TimeSpan.FromSeconds(5), "how long clients must wait between pings");
        _keepAliveInterval = flags.Duration("grpc-keepalive-interval", TimeSpan.FromHours(2), "how long a client's connection may be silent before it is pinged");
        _keepAliveTimeout = flags.Duration("grpc-keepalive-timeout", TimeSpan.FromSeconds(20), "how long a client may take to answer a ping");
        _cert = flags.Text("cert", "", "certificate shown to servers (PEM); it must have no common name");
        _key = flags.Text("key", "", "its key");
        _caCert = flags.Text("cacert", "", "authorities of the servers' certificates (PEM)");
        _insecureSkipTlsVerify = flags.Switch("insecure-skip-tls-verify", false, "speak TLS with servers and believe any certificate; for tests only");
        _certFile = flags.Text("cert-file", "", "certificate shown to clients (PEM)");
        _keyFile = flags.Text("key-file", "", "its key");
        _trustedCaFile = flags.Text("trusted-ca-file", "", "authorities of the clients' certificates, which are then demanded (PEM)");
        _listenCipherSuites = flags.List("listen-cipher-suites", [], "cipher suites of TLS 1.2 with clients; empty lets the system choose");
        _autoTls = flags.Switch("auto-tls", false, "speak TLS with clients with a certificate that the proxy signs itself");
        _clientCrlFile = flags.Text("client-crl-file", "", "certificates of clients that are refused");
        _selfSignedCertValidity = flags.Unsigned("self-signed-cert-validity", 1, "how many years a certificate of --auto-tls is valid");
        _tlsMinVersion = flags.Text("tls-min-version", "TLS1.2", "oldest version of TLS with clients: TLS1.2 or TLS1.3");
        _tlsMaxVersion = flags.Text("tls-max-version", "", "newest version of TLS with clients: TLS1.2, TLS1.3 or empty for the newest there is");
        _serializableOrdering = flags.Switch("experimental-serializable-ordering", false, "serializable reads never go back in time, whichever server answers");
        _leasingPrefix = flags.Text("experimental-leasing-prefix", "", "below which key proxies and clients write down who owns a key; its owner answers linearizable reads from memory");
        _grpcLogging = flags.Switch("experimental-enable-grpc-logging", false, "log every request and response, values included");
        _debug = flags.Switch("debug", false, "log more");
    }

    public static Command Create()
    {
        Command start = new("start", "start the grpc proxy");
        start.Run = new GrpcProxyCommand(start.Flags).RunAsync;
        return new Command("grpc-proxy <subcommand>", "grpc-proxy related command").Add(start);
    }

    private async Task<int> RunAsync(Invocation invocation)
    {
        if (Problem() is { } problem)
            throw ProxyProcess.Refusal(invocation, problem);
        using ProcessLog log = (LogSettings.Default with { Level = _debug.Value ? LogLevel.Debug : LogLevel.Info }).Open(TimeProvider.System);
        try
        {
            return await ServeAsync(invocation, log);
        }
        catch (Exception failure) when (failure is IOException or ArgumentException or SocketException or TlsSettingsException)
        {
            throw ProxyProcess.Refusal(invocation, failure.Message);
        }
    }

    private async Task<int> ServeAsync(Invocation invocation, ILog log)
    {
        TlsSettings? listenTls = ListenTls(log);
        if (listenTls is not null)
            log.Info("gRPC proxy server TLS", new LogField("tls-info", listenTls.ToString()));
        ServerLink link = new(await EndpointsAsync(log, invocation.Cancellation), ServerTls(log), _endpointsAutoSyncInterval.Value > TimeSpan.Zero, log);
        await using ClientInvoker servers = new(link.Complete(new TenetClientOptions
        {
            DialTimeout = DialTimeout,
            KeepAliveTime = AtLeastASecond(_dialKeepAliveTime.Value) ?? Timeout.InfiniteTimeSpan,
            KeepAliveTimeout = AtLeastASecond(_dialKeepAliveTimeout.Value) ?? Timeout.InfiniteTimeSpan,
            KeepAliveWithoutCalls = _permitWithoutStream.Value,
            SendBytesMax = Bytes(_maxSendBytes.Value, 2 * 1024 * 1024),
            ReceiveBytesMax = Bytes(_maxReceiveBytes.Value, int.MaxValue),
        }), new ServerLog(log));
        GrpcProxyOptions options = new()
        {
            ListenUrl = await ListenUrlAsync(listenTls is not null, invocation.Cancellation),
            ListenTls = listenTls is null ? null : new TlsServer(listenTls, TlsDoor.Clients, log),
            MetricsUrl = _metricsAddr.Value,
            EndpointCount = link.Count,
            EndpointsAutoSyncInterval = _endpointsAutoSyncInterval.Value,
            EndpointsFound = urls => servers.UseEndpoints(link.Replace(urls)),
            MorePages = _enablePprof.Value ? ProfilePages.All : [],
            ServerMetrics = link.ReadMetricsAsync,
            Namespace = _namespace.Value,
            AdvertiseClientUrl = _advertiseClientUrl.Value,
            ResolverPrefix = _resolverPrefix.Value,
            ResolverTtl = (int)_resolverTtl.Value,
            LeasingPrefix = _leasingPrefix.Value,
            LogsCalls = _grpcLogging.Value,
            SerializableOrdering = _serializableOrdering.Value,
            ConcurrentStreamsMax = _maxConcurrentStreams.Value,
            KeepAliveMinTime = _keepAliveMinTime.Value,
            KeepAliveInterval = _keepAliveInterval.Value,
            KeepAliveTimeout = _keepAliveTimeout.Value,
            Log = log,
        };
        await using GrpcProxy proxy = await GrpcProxy.StartAsync(options, servers, invocation.Cancellation);
        LogField address = new("address", proxy.Urls[0][(proxy.Urls[0].IndexOf("://", StringComparison.Ordinal) + 3)..]);
        log.Info("listening for gRPC proxy client requests", address);
        if (proxy.Urls.Count > 1)
            log.Info("gRPC proxy listening for metrics", new LogField("address", proxy.Urls[1]));
        log.Info("started gRPC proxy", address);
        ReadyNotification.Send(log);
        int exitCode = await ProxyProcess.UntilStoppedAsync(invocation, log);
        await proxy.StopAsync();
        log.Info("stop listening gRPC proxy client requests", address);
        return exitCode;
    }

    /// <summary>What of the flags contradicts each other, or null.</summary>
    private string? Problem()
    {
        if (_resolverPrefix.Value.Length > 0 && _resolverTtl.Value is < 1 or > int.MaxValue)
            return string.Create(CultureInfo.InvariantCulture, $"invalid resolver-ttl {_resolverTtl.Value}");
        if (_resolverPrefix.Value.Length == 0 && _resolverTtl.Value > 0)
            return "invalid resolver-prefix \"\"";
        if (_resolverPrefix.Value.Length > 0 && _advertiseClientUrl.Value.Length == 0)
            return "invalid advertise-client-url \"\"";
        if (_autoTls.Value && _selfSignedCertValidity.Value == 0)
            return "selfSignedCertValidity is invalid,it should be greater than 0";
        if (TlsProtocols.Problem(_tlsMinVersion.Value, "", []) is { } least)
            return $"tls-min-version is invalid: {least}";
        if (TlsProtocols.Problem("", _tlsMaxVersion.Value, []) is { } most)
            return $"tls-max-version is invalid: {most}";
        return TlsProtocols.Problem(_tlsMinVersion.Value, _tlsMaxVersion.Value, _listenCipherSuites.Value);
    }

    private async Task<IReadOnlyList<string>> EndpointsAsync(ILog log, CancellationToken cancellation)
    {
        ServerDiscovery discovery = new(SrvRecords.OfSystem(), log);
        IReadOnlyList<(string Url, GatewayEndpoint Server)> found =
            await discovery.FindAsync(_discoverySrv.Value, _discoverySrvName.Value, _caCert.Value, _insecureDiscovery.Value, cancellation);
        return found.Count > 0 ? [.. found.Select(static one => one.Url)] : _endpoints.Value;
    }

    private TlsSettings? ServerTls(ILog log)
    {
        if (_cert.Value.Length == 0 && _key.Value.Length == 0 && _caCert.Value.Length == 0 && !_insecureSkipTlsVerify.Value)
            return null;
        TlsSettings settings = new() { CertFile = _cert.Value, KeyFile = _key.Value, TrustedCaFile = _caCert.Value, SkipServerVerification = _insecureSkipTlsVerify.Value };
        if (_insecureSkipTlsVerify.Value)
            log.Warn("--insecure-skip-tls-verify was given, this grpc proxy process skips authentication of etcd server TLS certificates. This option should be enabled only for testing purposes.");
        log.Info("gRPC proxy client TLS", new LogField("tls-info", settings.ToString()));
        return settings;
    }

    private TlsSettings? ListenTls(ILog log)
    {
        TlsSettings settings;
        if (_certFile.Value.Length > 0 || _keyFile.Value.Length > 0 || _trustedCaFile.Value.Length > 0)
            settings = new TlsSettings { CertFile = _certFile.Value, KeyFile = _keyFile.Value, TrustedCaFile = _trustedCaFile.Value };
        else if (_autoTls.Value)
            settings = SelfSignedPair.Ensure(Path.Combine(_dataDir.Value, "fixtures", "proxy"), [HostAndPort.Parse(_listenAddr.Value)?.Host ?? ""], _selfSignedCertValidity.Value, log);
        else
            return null;
        return settings with { CrlFile = _clientCrlFile.Value, CipherSuites = _listenCipherSuites.Value, MinVersion = _tlsMinVersion.Value, MaxVersion = _tlsMaxVersion.Value };
    }

    private async Task<string> ListenUrlAsync(bool secure, CancellationToken cancellation)
    {
        string scheme = secure ? "https" : "http";
        if (HostAndPort.Parse(_listenAddr.Value) is not { Host.Length: > 0 } parts || IPAddress.TryParse(parts.Host, out _))
            return $"{scheme}://{_listenAddr.Value}";
        IPAddress[] addresses = await Dns.GetHostAddressesAsync(parts.Host, cancellation);
        return $"{scheme}://{new IPEndPoint(addresses[0], parts.Port)}";
    }

    /// <summary>Null for never.</summary>
    private static TimeSpan? AtLeastASecond(TimeSpan asked) =>
        asked <= TimeSpan.Zero ? null : asked < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : asked;

    private static int Bytes(long asked, int standard) => asked <= 0 ? standard : (int)Math.Min(asked, int.MaxValue);
}

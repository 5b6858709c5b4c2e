using Tenet.Foundation.Logging;
using Tenet.Rpc;
using Tenet.Server;
using Tenet.Transport.Tls;

namespace Tenet.Hosting;

/// <summary>Where clients, HTTP and metrics are served, and how: one listener for each address, whichever schemes it is given with.</summary>
internal sealed class ClientDoors
{
    private readonly TenetOptions _options;
    private readonly TlsServer? _clients;
    private readonly TlsServer? _metrics;

    private ClientDoors(TenetOptions options, TlsSettings settings, TlsServer? clients, TlsServer? metrics)
    {
        _options = options;
        Tls = settings;
        _clients = clients;
        _metrics = metrics;
    }

    /// <summary>What is in force on addresses with TLS.</summary>
    public TlsSettings Tls { get; }

    /// <summary>Checks what is asked for, before there is a member.</summary>
    /// <exception cref="MemberStartException">It cannot be served; the message is etcd's.</exception>
    public static ClientDoors Plan(TenetOptions options, ILog log)
    {
        TlsSettings settings = DoorTls.OfClients(options, log);
        foreach (EtcdUrl url in options.ListenClientUrls.Concat(options.ListenClientHttpUrls))
        {
            if (!url.IsSecure && !settings.IsEmpty)
                log.Warn("scheme is http or unix while key and cert files are present; ignoring key and cert files", new LogField("client-url", url.Text));
            if (!url.IsSecure && settings.ClientCertAuth)
                log.Warn("scheme is http or unix while --client-cert-auth is enabled; ignoring client cert auth for this URL", new LogField("client-url", url.Text));
            if (url.IsSecure && settings.IsEmpty)
                throw new MemberStartException($"TLS key/cert (--cert-file, --key-file) must be provided for client url {url} with HTTPS scheme");
        }
        HashSet<string> ofClients = [.. options.ListenClientUrls.Select(AddressOf)];
        if (options.ListenClientHttpUrls.FirstOrDefault(url => url.PortNumber() != 0 && ofClients.Contains(url.Address)) is { } twice)
            throw new MemberStartException($"cannot bind both --listen-client-urls and --listen-client-http-urls on the same url {twice}");
        if (settings.IsEmpty && options.ListenMetricsUrls.Any(static url => url.IsSecure))
            throw new MemberStartException("client TLS key/cert (--cert-file, --key-file) must be provided for metrics secure url");

        bool clients = options.ListenClientUrls.Concat(options.ListenClientHttpUrls).Any(static url => url.IsSecure);
        bool metrics = options.ListenMetricsUrls.Any(static url => url.IsSecure);
        return DoorTls.Start(() => new ClientDoors(
            options,
            settings,
            clients ? new TlsServer(settings, TlsDoor.Clients, log) : null,
            metrics ? new TlsServer(settings, TlsDoor.Metrics, log) : null));
    }

    /// <summary>The listeners: clients, then HTTP apart from them, then metrics.</summary>
    /// <param name="clients">Completes a listener for clients.</param>
    /// <param name="http">Completes one for HTTP.</param>
    /// <param name="metrics">Completes one for metrics.</param>
    public IReadOnlyList<RpcListener> Listeners(Func<RpcListener, RpcListener> clients, Func<RpcListener, RpcListener> http, Func<RpcListener, RpcListener> metrics) =>
    [
        .. ByAddress(_options.ListenClientUrls, _clients).Select(clients),
        .. ByAddress(_options.ListenClientHttpUrls, _clients).Select(http),
        .. _options.ListenMetricsUrls.Select(url => metrics(new RpcListener(url.Text) { Tls = _metrics })),
    ];

    /// <summary>Says that the doors are open.</summary>
    /// <param name="urls">The addresses as bound, in the order of <see cref="Listeners"/>.</param>
    /// <param name="log">Where it is said.</param>
    public void Announce(IReadOnlyList<string> urls, ILog log)
    {
        DoorTls.Announce("starting with client TLS", Tls, log);
        int at = 0;
        foreach (RpcListener listener in ByAddress(_options.ListenClientUrls, _clients))
            Ready(listener, urls[at++], _options.ListenClientHttpUrls.Count > 0 ? "grpc" : "grpc+http", log);
        foreach (RpcListener listener in ByAddress(_options.ListenClientHttpUrls, _clients))
            Ready(listener, urls[at++], "http", log);
        foreach (EtcdUrl _ in _options.ListenMetricsUrls)
            log.Info("serving metrics", new LogField("address", urls[at++]));
    }

    /// <summary>Port 0 is another port each time.</summary>
    private static string AddressOf(EtcdUrl url) => url.PortNumber() == 0 ? url.Text : url.Address;

    private static IEnumerable<RpcListener> ByAddress(IReadOnlyList<EtcdUrl> urls, TlsServer? tls) =>
        urls.GroupBy(AddressOf).Select(same => same.FirstOrDefault(static url => url.IsSecure) is { } secure
            ? new RpcListener(secure.Text) { Tls = tls, PlainToo = same.Any(static url => !url.IsSecure) }
            : new RpcListener(same.First().Text));

    private static void Ready(RpcListener listener, string url, string traffic, ILog log)
    {
        log.Info("ready to serve client requests");
        string address = url[(url.IndexOf("://", StringComparison.Ordinal) + 3)..];
        if (listener.Tls is null || listener.PlainToo)
            log.Info("serving client traffic insecurely; this is strongly discouraged!", new("traffic", traffic), new("address", address));
        if (listener.Tls is not null)
            log.Info("serving client traffic securely", new("traffic", traffic), new("address", address));
    }
}

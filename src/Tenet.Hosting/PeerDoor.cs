using System.Net;
using Tenet.Foundation.Logging;
using Tenet.Foundation.Metrics;
using Tenet.Peer;
using Tenet.Server;
using Tenet.Transport.Tls;

namespace Tenet.Hosting;

/// <summary>Both directions of the way to the other members.</summary>
internal sealed class PeerDoor : IAsyncDisposable
{
    private readonly PeerServer? _server;

    private PeerDoor(PeerTransport transport, PeerServer? server, IPAddress? localAddress)
    {
        LocalAddress = localAddress;
        Transport = transport;
        _server = server;
    }

    /// <summary>The way out, which the member is given.</summary>
    public PeerTransport Transport { get; }

    /// <summary>From which address others are called; null if the system chooses.</summary>
    public IPAddress? LocalAddress { get; }

    /// <summary>The URLs as bound.</summary>
    public IReadOnlyList<string> Urls => _server?.Urls ?? [];

    /// <summary>Listens before there is a member: whoever founds or joins a cluster is looked for by the others meanwhile.</summary>
    /// <exception cref="IOException">A listen address is taken.</exception>
    /// <exception cref="MemberStartException">The URLs or the TLS settings cannot be served.</exception>
    public static async Task<PeerDoor> OpenAsync(TenetOptions options, MetricRegistry metrics, ILog log, CancellationToken cancellation)
    {
        TlsSettings tls = DoorTls.OfPeers(options, log);
        IPAddress? localAddress = Hosting.LocalAddress.Infer(options, log);
        PeerTransport transport = new(new PeerTransportOptions
        {
            Log = log,
            Metrics = metrics,
            Host = options.Host,
            DialTimeout = TimeSpan.FromSeconds(1) + options.Member.ElectionTimeout,
            Tls = DoorTls.Start(() => new TlsClient(tls, log)),
            LocalAddress = localAddress,
            SocketReuse = options.SocketReuse,
            ReadTimeout = options.PeerReadTimeout,
            WriteTimeout = options.PeerWriteTimeout,
        });
        if (options.ListenPeerUrls.Count == 0)
            return new PeerDoor(transport, null, localAddress);
        TlsServer? server = Server(options.ListenPeerUrls, tls, log);
        try
        {
            return new PeerDoor(transport, await PeerServer.StartAsync(transport, [.. options.ListenPeerUrls.Select(static url => url.Text)], server, cancellation), localAddress);
        }
        catch (ArgumentException problem)
        {
            throw new MemberStartException(problem.Message, problem);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Transport.Stop();
        if (_server is not null)
            await _server.DisposeAsync();
    }

    private static TlsServer? Server(IReadOnlyList<EtcdUrl> urls, TlsSettings tls, ILog log)
    {
        foreach (EtcdUrl url in urls.Where(static url => url.Scheme == "http"))
        {
            if (!tls.IsEmpty)
                log.Warn("scheme is HTTP while key and cert files are present; ignoring key and cert files", new LogField("peer-url", url.Text));
            if (tls.ClientCertAuth)
                log.Warn("scheme is HTTP while --peer-client-cert-auth is enabled; ignoring client cert auth for this URL", new LogField("peer-url", url.Text));
        }
        if (urls.FirstOrDefault(static url => url.IsSecure) is not { } secure)
            return null;
        if (tls.IsEmpty)
            throw new MemberStartException($"cannot listen on TLS for {secure.Address}: KeyFile and CertFile are not presented");
        return DoorTls.Start(() => new TlsServer(tls, TlsDoor.Peers, log));
    }
}

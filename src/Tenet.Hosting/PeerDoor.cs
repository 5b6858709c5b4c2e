using System.Net;
using Tenet.Foundation.Logging;
using Tenet.Foundation.Metrics;
using Tenet.Peer;
using Tenet.Server;

namespace Tenet.Hosting;

/// <summary>Both directions of the way to the other members.</summary>
internal sealed class PeerDoor : IAsyncDisposable
{
    private readonly PeerServer? _server;

    private PeerDoor(PeerTransport transport, PeerServer? server)
    {
        Transport = transport;
        _server = server;
    }

    /// <summary>The way out, which the member is given.</summary>
    public PeerTransport Transport { get; }

    /// <summary>The URLs as bound.</summary>
    public IReadOnlyList<string> Urls => _server?.Urls ?? [];

    /// <summary>Listens before there is a member: whoever founds or joins a cluster is looked for by the others meanwhile.</summary>
    /// <exception cref="IOException">A listen address is taken.</exception>
    public static async Task<PeerDoor> OpenAsync(TenetOptions options, MetricRegistry metrics, ILog log, CancellationToken cancellation)
    {
        PeerTransport transport = new(new PeerTransportOptions
        {
            Log = log,
            Metrics = metrics,
            DialTimeout = TimeSpan.FromSeconds(1) + options.Member.ElectionTimeout,
            ReadTimeout = options.PeerReadTimeout,
            WriteTimeout = options.PeerWriteTimeout,
        });
        if (options.ListenPeerUrls.Count == 0)
            return new PeerDoor(transport, null);
        IPEndPoint[] endPoints = [.. options.ListenPeerUrls.Select(EndPointOf)];
        return new PeerDoor(transport, await PeerServer.StartAsync(transport, endPoints, cancellation));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Transport.Stop();
        if (_server is not null)
            await _server.DisposeAsync();
    }

    private static IPEndPoint EndPointOf(EtcdUrl url)
    {
        IPAddress? address = url.Host == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(url.Host, out IPAddress? parsed) ? parsed : null;
        if (address is null || url.PortNumber() is not { } port)
            throw new MemberStartException($"expected IP in URL for binding ({url.Text})");
        return new IPEndPoint(address, port);
    }
}

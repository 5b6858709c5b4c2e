using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using Tenet.Foundation.Logging;
using Tenet.Peer.Serving;
using Tenet.Transport;
using Tenet.Transport.Listening;
using Tenet.Transport.Tls;

namespace Tenet.Peer;

/// <summary>
/// Listens on the peer URLs over HTTP/1.1, with TLS where they ask for it (contract/consensus.md, part 4). It may listen before there is a member: until
/// <see cref="PeerTransport.Start"/> probes are answered, and every other connection is closed without a word, as if nobody were there yet.
/// </summary>
public sealed class PeerServer : IAsyncDisposable
{
    /// <summary>Go's bound on the headers of a request.</summary>
    private const int HeaderBytesMax = 1024 * 1024;

    /// <summary>How long answers under way may take when the server stops.</summary>
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(1);

    private readonly KestrelServer _kestrel;

    private PeerServer(KestrelServer kestrel, IReadOnlyList<Port> ports)
    {
        _kestrel = kestrel;
        Urls = [.. ports.Select(static port => port.Url)];
    }

    /// <summary>The URLs as bound, with the real port where 0 was asked for.</summary>
    public IReadOnlyList<string> Urls { get; }

    /// <summary>Listens.</summary>
    /// <param name="transport">What peers are connected to.</param>
    /// <param name="urls">Where to listen: <c>http://IP:PORT</c>, <c>unix://PATH</c>, and with TLS <c>https</c> and <c>unixs</c>.</param>
    /// <param name="tls">How TLS is spoken; needed if one of the URLs asks for it.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="IOException">An address cannot be bound; then none stays bound. The message is etcd's.</exception>
    /// <exception cref="ArgumentException">A URL cannot be listened on.</exception>
    public static async Task<PeerServer> StartAsync(PeerTransport transport, IReadOnlyList<string> urls, TlsServer? tls = null, CancellationToken cancellation = default)
    {
        ILog log = transport.Options.Log;
        KestrelLog kestrelLog = new(log, "peer transport");
        IConnectionListenerFactory sockets = transport.Options.Host ?? (IConnectionListenerFactory)new SocketTransportFactory(Options.Create(SocketOptions(transport.Options.SocketReuse)), kestrelLog);
        KestrelServerOptions options = Limits(transport.Options);
        List<Port> ports = [];
        try
        {
            foreach (string url in urls)
            {
                Port port = await Port.BindAsync(ListenAddress.Parse(url), tls, plainToo: false, sockets, log);
                ports.Add(port);
                options.Listen(Accepted(port), static listen =>
                {
                    listen.Protocols = HttpProtocols.Http1;
                    listen.EndTls();
                });
            }
            KestrelServer kestrel = new(Options.Create(options), new PortTransport(), kestrelLog);
            await kestrel.StartAsync(new PeerApplication(transport), cancellation);
            return new PeerServer(kestrel, ports);
        }
        catch
        {
            foreach (Port port in ports)
                await port.UnbindAsync();
            throw;
        }
    }

    /// <summary>Closes every connection. Stop the transport first, which ends the streams.</summary>
    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource patience = new(StopGrace);
        await _kestrel.StopAsync(patience.Token);
        _kestrel.Dispose();
    }

    private static PortEndPoint Accepted(Port port)
    {
        Channel<ConnectionContext> connections = Channel.CreateUnbounded<ConnectionContext>();
        port.Serve(connection => Task.FromResult(connections.Writer.TryWrite(connection)));
        return new PortEndPoint(port.Url, connections.Reader, async () =>
        {
            await port.UnbindAsync();
            connections.Writer.TryComplete();
        });
    }

    private static KestrelServerOptions Limits(PeerTransportOptions transport)
    {
        var kestrel = new KestrelServerOptions { AddServerHeader = false, AllowResponseHeaderCompression = false };
        KestrelServerLimits limits = kestrel.Limits;
        // Bodies are bounded by whoever reads them: a snapshot has no bound, everything else has.
        limits.MaxRequestBodySize = null;
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;
        limits.KeepAliveTimeout = transport.ReadTimeout;
        limits.RequestHeadersTimeout = transport.ReadTimeout;
        limits.MaxRequestHeadersTotalSize = HeaderBytesMax;
        limits.MaxRequestLineSize = HeaderBytesMax;
        limits.MaxRequestBufferSize = 2 * HeaderBytesMax;
        limits.MaxRequestHeaderCount = 10_000;
        limits.MaxResponseBufferSize = 256 * 1024;
        return kestrel;
    }

    private static SocketTransportOptions SocketOptions(SocketReuse reuse) => new()
    {
        Backlog = 1024,
        NoDelay = true,
        CreateBoundListenSocket = endPoint => ListenSocket.Bind(endPoint, reuse),
    };
}

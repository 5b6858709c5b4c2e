using System.Net.Sockets;

namespace Tenet.Peer;

/// <summary>How connections to other members are made (contract/consensus.md, 4.1). The one place that would have to know of TLS.</summary>
internal static class PeerConnections
{
    /// <summary>Shorter than the 5 s after which the other end closes an idle connection, so that none is used while it closes.</summary>
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan TcpKeepAlive = TimeSpan.FromSeconds(30);

    /// <summary>Connections that are used again for request after request.</summary>
    public static HttpMessageInvoker ForRequests(PeerTransportOptions options) => new(Create(options));

    /// <summary>Connections that serve one stream each.</summary>
    public static HttpMessageInvoker ForStreams(PeerTransportOptions options)
    {
        SocketsHttpHandler handler = Create(options);
        handler.PooledConnectionLifetime = TimeSpan.Zero;
        return new HttpMessageInvoker(handler);
    }

    private static SocketsHttpHandler Create(PeerTransportOptions options) => new()
    {
        ActivityHeadersPropagator = null,
        AllowAutoRedirect = false,
        ConnectCallback = ConnectAsync,
        ConnectTimeout = options.DialTimeout,
        PooledConnectionIdleTimeout = IdleTimeout,
        UseCookies = false,
        UseProxy = false,
    };

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, (int)TcpKeepAlive.TotalSeconds);
            await socket.ConnectAsync(context.DnsEndPoint, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Tenet.Transport.Tls;

namespace Tenet.Peer;

/// <summary>
/// How connections to other members are made (contract/consensus.md, 4.1 and 4.11). TLS is spoken here and not by the HTTP client, so that each
/// handshake takes the certificates as their files are at that moment.
/// </summary>
internal sealed class PeerConnections : HttpMessageHandler
{
    /// <summary>Shorter than the 5 s after which the other end closes an idle connection, so that none is used while it closes.</summary>
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan TcpKeepAlive = TimeSpan.FromSeconds(30);

    private readonly PeerTransportOptions _options;
    private readonly TlsClient _tls;

    // One for each scheme: a connection is known by host and port alone.
    private readonly HttpMessageInvoker _plain;
    private readonly HttpMessageInvoker _secure;
    private readonly HttpMessageInvoker _socketFiles;
    private readonly HttpMessageInvoker _secureSocketFiles;

    private PeerConnections(PeerTransportOptions options, bool reuse)
    {
        _options = options;
        _tls = options.Tls ?? new TlsClient(TlsSettings.None, options.Log);
        _plain = Create(socketFile: false, secure: false, reuse);
        _secure = Create(socketFile: false, secure: true, reuse);
        _socketFiles = Create(socketFile: true, secure: false, reuse);
        _secureSocketFiles = Create(socketFile: true, secure: true, reuse);
    }

    /// <summary>Connections that are used again for request after request.</summary>
    public static HttpMessageInvoker ForRequests(PeerTransportOptions options) => new(new PeerConnections(options, reuse: true));

    /// <summary>Connections that serve one stream each.</summary>
    public static HttpMessageInvoker ForStreams(PeerTransportOptions options) => new(new PeerConnections(options, reuse: false));

    /// <summary>A peer URL that can be dialled, with this path behind it; null for any other. A socket file is named as host and port, as etcd dials it.</summary>
    public static Uri? Target(string url, string path) =>
        Uri.TryCreate(url.Trim().TrimEnd('/') + path, UriKind.Absolute, out Uri? target)
        && target.Scheme is "http" or "https" or "unix" or "unixs"
        && target is { Host.Length: > 0, Port: > 0 } && target.AbsolutePath == (path.Length == 0 ? "/" : path)
            ? target
            : null;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Uri target = request.RequestUri!;
        HttpMessageInvoker connections = target.Scheme switch
        {
            "http" => _plain,
            "https" => _secure,
            "unix" => _socketFiles,
            "unixs" => _secureSocketFiles,
            _ => throw new HttpRequestException($"{target} cannot be asked: peers are reached by http, https, unix or unixs URLs"),
        };
        // The client sees clear text: what is below is made by Connect.
        if (target.Scheme != "http")
            request.RequestUri = new UriBuilder(target) { Scheme = "http", Port = target.Port }.Uri;
        return connections.SendAsync(request, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        _plain.Dispose();
        _secure.Dispose();
        _socketFiles.Dispose();
        _secureSocketFiles.Dispose();
        base.Dispose(disposing);
    }

    private HttpMessageInvoker Create(bool socketFile, bool secure, bool reuse)
    {
        SocketsHttpHandler handler = new()
        {
            ActivityHeadersPropagator = null,
            AllowAutoRedirect = false,
            ConnectCallback = (context, cancellation) => ConnectAsync(context.DnsEndPoint, socketFile, secure, cancellation),
            ConnectTimeout = secure ? _options.DialTimeout + TlsServer.HandshakeMax : _options.DialTimeout,
            PooledConnectionIdleTimeout = IdleTimeout,
            UseCookies = false,
            UseProxy = false,
        };
        if (!reuse)
            handler.PooledConnectionLifetime = TimeSpan.Zero;
        return new HttpMessageInvoker(handler);
    }

    private async ValueTask<Stream> ConnectAsync(DnsEndPoint target, bool socketFile, bool secure, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(_options.DialTimeout);
        Stream connection = _options.Host is { } host ? host.Connect(target.Host, target.Port)
            : socketFile ? await DialFileAsync($"{target.Host}:{target.Port}", patience.Token)
            : await DialAsync(target, patience.Token);
        return secure ? await _tls.OpenAsync(connection, target.Host, SslApplicationProtocol.Http11, cancellation) : connection;
    }

    private async Task<Stream> DialAsync(DnsEndPoint target, CancellationToken cancellation)
    {
        Socket socket = _options.LocalAddress is { } from ? new(from.AddressFamily, SocketType.Stream, ProtocolType.Tcp) : new(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            if (_options.LocalAddress is { } local)
                socket.Bind(new IPEndPoint(local, 0));
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, (int)TcpKeepAlive.TotalSeconds);
            await socket.ConnectAsync(target, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<Stream> DialFileAsync(string path, CancellationToken cancellation)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

using System.Collections.Concurrent;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Tenet.Client;
using Tenet.Foundation.Logging;
using Tenet.Transport.Tls;

namespace Tenet.App.Proxies;

/// <summary>
/// How the proxy reaches the servers: in the clear, or over TLS with its own certificate, which is read anew for each connection.
/// </summary>
internal sealed class ServerLink
{
    private const string CommonNameOid = "2.5.4.3";

    private static readonly TimeSpan MetricsMax = TimeSpan.FromSeconds(10);

    private readonly TlsClient? _tls;

    private readonly bool _secureIfUnsaid;

    /// <summary>Every server that there ever was, by what the client calls it: connections to one that is none any more may still be under way.</summary>
    private readonly ConcurrentDictionary<string, Server> _known = new();
    private volatile Server[] _servers = [];

    /// <param name="endpoints">The servers: <c>host:port</c> or URLs.</param>
    /// <param name="tls">TLS, for endpoints with https and for those without a scheme; null where none is spoken.</param>
    /// <param name="othersMayCome">Whether <see cref="Replace"/> will be called, with servers that may want TLS.</param>
    /// <param name="log">Told of certificates that cannot be read.</param>
    /// <exception cref="TlsSettingsException">The settings do not serve.</exception>
    public ServerLink(IReadOnlyList<string> endpoints, TlsSettings? tls, bool othersMayCome, ILog log)
    {
        _secureIfUnsaid = tls is not null;
        if (tls is { CertFile.Length: > 0, KeyFile.Length: > 0 })
            RefuseCommonName(tls.CertFile);
        Replace(endpoints);
        if (tls is not null || othersMayCome || _servers.Any(static server => server.IsSecure))
            _tls = new TlsClient(tls ?? TlsSettings.None, log);
    }

    public int Count => _servers.Length;

    /// <summary>From now on these are the servers.</summary>
    /// <returns>What the client calls them.</returns>
    /// <exception cref="ArgumentException">One of them is no endpoint; then nothing has changed.</exception>
    public IReadOnlyList<string> Replace(IReadOnlyList<string> endpoints)
    {
        Server[] servers = [.. endpoints.Select(endpoint => Server.Parse(endpoint, _secureIfUnsaid)).DistinctBy(static server => server.PlainUrl)];
        foreach (Server server in servers)
            _known[server.PlainUrl] = server;
        _servers = servers;
        return [.. servers.Select(static server => server.PlainUrl)];
    }

    /// <summary>Completes what a client is told with where the servers are.</summary>
    public TenetClientOptions Complete(TenetClientOptions options) => new()
    {
        Endpoints = [.. _servers.Select(static server => server.PlainUrl)],
        // TLS is spoken below the client, so that each server is expected to have a certificate of its own name.
        Connect = _tls is null ? null : (endpoint, cancellation) => ConnectAsync(_known[endpoint], SslApplicationProtocol.Http2, cancellation),
        DialTimeout = options.DialTimeout,
        KeepAliveTime = options.KeepAliveTime,
        KeepAliveTimeout = options.KeepAliveTimeout,
        KeepAliveWithoutCalls = options.KeepAliveWithoutCalls,
        SendBytesMax = options.SendBytesMax,
        ReceiveBytesMax = options.ReceiveBytesMax,
    };

    /// <summary>The page of metrics of any server.</summary>
    /// <exception cref="HttpRequestException">No server shows one.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadMetricsAsync(CancellationToken cancellation)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(MetricsMax);
        Server[] servers = [.. _servers];
        Random.Shared.Shuffle(servers);
        HttpRequestException? last = null;
        foreach (Server server in servers)
        {
            using SocketsHttpHandler handler = new()
            {
                UseProxy = false,
                AllowAutoRedirect = false,
                ConnectCallback = (_, stop) => ConnectAsync(server, SslApplicationProtocol.Http11, stop),
            };
            using HttpClient http = new(handler);
            try
            {
                return await http.GetByteArrayAsync(new Uri("http://" + server.Authority + "/metrics"), patience.Token);
            }
            catch (HttpRequestException failure)
            {
                last = failure;
            }
        }
        throw last ?? new HttpRequestException("there is no server");
    }

    private async ValueTask<Stream> ConnectAsync(Server server, SslApplicationProtocol protocol, CancellationToken cancellation)
    {
        Socket socket = server.SocketPath.Length > 0
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (server.SocketPath.Length > 0)
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(server.SocketPath), cancellation);
            else
                await socket.ConnectAsync(server.Host, server.Port, cancellation);
        }
        catch (SocketException failure)
        {
            socket.Dispose();
            throw new IOException(failure.Message, failure);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
        NetworkStream stream = new(socket, ownsSocket: true);
        return server.IsSecure ? await _tls!.OpenAsync(stream, server.Host, protocol, cancellation) : stream;
    }

    /// <summary>A common name would make the servers take every caller of the proxy for that user.</summary>
    private static void RefuseCommonName(string certFile)
    {
        string name;
        try
        {
            using X509Certificate2 certificate = X509Certificate2.CreateFromPem(File.ReadAllText(certFile));
            name = certificate.SubjectName.EnumerateRelativeDistinguishedNames()
                .Where(static part => !part.HasMultipleElements && part.GetSingleElementType().Value == CommonNameOid)
                .Select(static part => part.GetSingleElementValue())
                .FirstOrDefault() ?? "";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new TlsSettingsException(failure.Message, failure);
        }
        if (name.Length > 0)
            throw new TlsSettingsException($"cert has non empty Common Name ({name}): {certFile}");
    }

    /// <summary>One server.</summary>
    private sealed record Server(bool IsSecure, string Host, ushort Port, string SocketPath)
    {
        public string Authority => SocketPath.Length > 0 ? "localhost" : Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

        /// <summary>What the client calls it, which knows nothing of TLS.</summary>
        public string PlainUrl => SocketPath.Length > 0 ? "unix:" + SocketPath : "http://" + Authority;

        public static Server Parse(string endpoint, bool secureIfUnsaid)
        {
            foreach ((string scheme, bool secure) in new[] { ("unixs:", true), ("unix:", false) })
            {
                if (endpoint.StartsWith(scheme, StringComparison.Ordinal))
                {
                    string path = endpoint[scheme.Length..];
                    return new Server(secure, "localhost", 0, path.StartsWith("//", StringComparison.Ordinal) ? path[2..] : path);
                }
            }
            bool isSecure = endpoint.StartsWith("https://", StringComparison.Ordinal);
            bool isPlain = endpoint.StartsWith("http://", StringComparison.Ordinal);
            string address = (isSecure ? endpoint["https://".Length..] : isPlain ? endpoint["http://".Length..] : endpoint).TrimEnd('/');
            return HostAndPort.Parse(address) is { Host.Length: > 0 } parts
                ? new Server(isSecure || (!isPlain && secureIfUnsaid), parts.Host, parts.Port, "")
                : throw new ArgumentException($"endpoint \"{endpoint}\" is not host:port, with or without a scheme");
        }
    }
}

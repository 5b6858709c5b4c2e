using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Tenet.Transport.Listening;

/// <summary>A listen URL, understood.</summary>
/// <param name="EndPoint">Where to bind.</param>
/// <param name="Url">The URL it came from.</param>
/// <param name="Secure">Whether the scheme asks for TLS.</param>
public sealed record ListenAddress(EndPoint EndPoint, string Url, bool Secure)
{
    /// <summary>Understands a URL.</summary>
    /// <exception cref="ArgumentException">It cannot be listened on; the message says why.</exception>
    public static ListenAddress Parse(string url)
    {
        int split = url.IndexOf("://", StringComparison.Ordinal);
        if (split <= 0)
            throw new ArgumentException($"listen URL {url}: no scheme (http://, https://, unix:// or unixs://)");
        string rest = url[(split + 3)..];
        return url[..split].ToLowerInvariant() switch
        {
            "http" => new(ParseTcp(url, rest), url, Secure: false),
            "https" => new(ParseTcp(url, rest), url, Secure: true),
            "unix" or "unixs" when rest.Length == 0 => throw new ArgumentException($"listen URL {url}: no path"),
            "unix" => new(new UnixDomainSocketEndPoint(rest), url, Secure: false),
            "unixs" => new(new UnixDomainSocketEndPoint(rest), url, Secure: true),
            string scheme => throw new ArgumentException($"listen URL {url}: unknown scheme {scheme}"),
        };
    }

    /// <summary>The address in the words of Go's listeners: <c>tcp 127.0.0.1:2379</c>, <c>unix /run/etcd.sock</c>.</summary>
    public string Named => EndPoint is IPEndPoint ? $"tcp {EndPoint}" : $"unix {EndPoint}";

    /// <summary>The URL with the address that was really bound.</summary>
    public string UrlOf(EndPoint bound) => bound is IPEndPoint ip ? $"{(Secure ? "https" : "http")}://{ip}" : Url;

    private static IPEndPoint ParseTcp(string url, string rest)
    {
        string authority = rest.TrimEnd('/');
        int colon = authority.LastIndexOf(':');
        if (colon < 0 || !ushort.TryParse(authority.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
            throw new ArgumentException($"listen URL {url}: it must end with :PORT");
        string host = authority[..colon].Trim('[', ']');
        if (host.Length == 0)
            return new IPEndPoint(Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any, port);
        if (host == "localhost")
            return new IPEndPoint(IPAddress.Loopback, port);
        if (IPAddress.TryParse(host, out IPAddress? address))
            return new IPEndPoint(address, port);
        throw new ArgumentException($"listen URL {url}: {host} is not an IP address");
    }
}

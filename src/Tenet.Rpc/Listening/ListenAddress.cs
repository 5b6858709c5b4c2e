using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Tenet.Rpc.Listening;

/// <summary>A listen URL, understood.</summary>
/// <param name="EndPoint">Where to bind.</param>
/// <param name="Url">The URL it came from.</param>
internal sealed record ListenAddress(EndPoint EndPoint, string Url)
{
    /// <summary>Understands a URL, or throws <see cref="ArgumentException"/> saying what is wrong with it.</summary>
    public static ListenAddress Parse(string url)
    {
        int split = url.IndexOf("://", StringComparison.Ordinal);
        if (split <= 0)
            throw new ArgumentException($"listen URL {url}: no scheme (http:// or unix://)");
        string rest = url[(split + 3)..];
        return url[..split] switch
        {
            "http" => new ListenAddress(ParseTcp(url, rest), url),
            "unix" when rest.Length > 0 => new ListenAddress(new UnixDomainSocketEndPoint(rest), url),
            "unix" => throw new ArgumentException($"listen URL {url}: no path"),
            "https" or "unixs" => throw new ArgumentException($"listen URL {url}: TLS is not supported yet; use http:// or unix://"),
            string scheme => throw new ArgumentException($"listen URL {url}: unknown scheme {scheme}"),
        };
    }

    /// <summary>The URL with the address that was really bound.</summary>
    public string UrlOf(EndPoint bound) => bound is IPEndPoint ip ? "http://" + ip : Url;

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

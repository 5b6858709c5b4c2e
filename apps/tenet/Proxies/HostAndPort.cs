using System.Globalization;

namespace Tenet.App.Proxies;

/// <summary>An address as flags have it: <c>host:port</c>, <c>:port</c>, <c>[v6]:port</c>.</summary>
internal readonly record struct HostAndPort(string Host, ushort Port)
{
    /// <summary>The parts of an address; null if it has not both.</summary>
    public static HostAndPort? Parse(string address)
    {
        int colon = address.LastIndexOf(':');
        if (colon < 0 || !ushort.TryParse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
            return null;
        string host = address[..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
            return new HostAndPort(host[1..^1], port);
        return host.Contains(':', StringComparison.Ordinal) ? null : new HostAndPort(host, port);
    }
}

using System.Globalization;
using System.Net;

namespace Tenet.Server;

/// <summary>
/// A URL that a member listens on or is known by (contract/api.md, 6.5). The text is kept as it was given, because it is part of the
/// member's identity and of what clients are told.
/// </summary>
/// <param name="Text">The URL as it was given, without blanks around it.</param>
/// <param name="Scheme"><c>http</c>, <c>https</c>, <c>unix</c> or <c>unixs</c>.</param>
/// <param name="Host">The host without brackets; for a socket file, its path.</param>
/// <param name="Port">The port as it was given; empty for a socket file.</param>
public sealed record EtcdUrl(string Text, string Scheme, string Host, string Port)
{
    /// <summary>Whether this is a socket file.</summary>
    public bool IsSocketFile => Scheme is "unix" or "unixs";

    /// <summary>Whether the scheme asks for TLS.</summary>
    public bool IsSecure => Scheme is "https" or "unixs";

    /// <summary>The text as identifiers are made of it: the scheme in lower case, the rest as given.</summary>
    public string Printed => Scheme + Text[Scheme.Length..];

    /// <summary><c>host:port</c>, an IPv6 address in brackets; for a socket file its path.</summary>
    public string Address => IsSocketFile ? Host : Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    /// <summary>Reads URLs with commas between them, in etcd's order (by text), each once.</summary>
    /// <exception cref="FormatException">One of them is none; the message is etcd's.</exception>
    public static IReadOnlyList<EtcdUrl> ParseList(string text) =>
        [.. text.Split(',').Select(Parse).DistinctBy(url => url.Text).OrderBy(url => url.Text, StringComparer.Ordinal)];

    /// <summary>Reads one URL.</summary>
    /// <exception cref="FormatException">It is none that etcd would take; the message is etcd's.</exception>
    public static EtcdUrl Parse(string text)
    {
        text = text.Trim();
        int colon = text.IndexOf(':');
        string scheme = colon > 0 && char.IsAsciiLetter(text[0]) && text[..colon].All(IsSchemeCharacter) ? text[..colon].ToLowerInvariant() : "";
        if (scheme.Length == 0 && colon >= 0 && text.IndexOf('/') is var slash && (slash < 0 || slash > colon))
            throw new FormatException(colon == 0 ? $"parse \"{text}\": missing protocol scheme" : $"parse \"{text}\": first path segment in URL cannot contain colon");
        if (scheme is not ("http" or "https" or "unix" or "unixs"))
            throw new FormatException($"URL scheme must be http, https, unix, or unixs: {text}");
        string rest = text[(colon + 1)..];
        if (!rest.StartsWith("//", StringComparison.Ordinal))
            throw new FormatException($"URL address does not have the form \"host:port\": {text}");
        rest = rest[2..];
        if (scheme is "unix" or "unixs")
            return new(text, scheme, rest, "");

        int end = rest.AsSpan().IndexOfAny('/', '?', '#');
        string authority = end < 0 ? rest : rest[..end];
        string path = end < 0 || rest[end] != '/' ? "" : rest[end..];
        (string host, string port) = SplitHostAndPort(authority, text);
        if (path.Length > 0)
            throw new FormatException($"URL must not contain a path: {text}");
        return new(text, scheme, host, port);
    }

    /// <summary>What is wrong with this URL for listening, in etcd's words, or null.</summary>
    public string? ListenProblem()
    {
        if (IsSocketFile || Host == "localhost" || IPAddress.TryParse(Host, out _))
            return null;
        return $"expected IP in URL for binding ({Text})";
    }

    /// <summary>The port as a number, or null if no listener could have it.</summary>
    public int? PortNumber() => int.TryParse(Port, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port <= ushort.MaxValue ? port : null;

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static bool IsSchemeCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '+' or '-' or '.';

    private static (string Host, string Port) SplitHostAndPort(string authority, string text)
    {
        FormatException malformed = new($"URL address does not have the form \"host:port\": {text}");
        int portAt;
        string host;
        if (authority.StartsWith('['))
        {
            int bracket = authority.IndexOf(']');
            if (bracket < 0)
                throw new FormatException($"parse \"{text}\": missing ']' in host");
            host = authority[1..bracket];
            portAt = bracket + 1;
            if (portAt >= authority.Length || authority[portAt] != ':')
                throw malformed;
        }
        else
        {
            portAt = authority.LastIndexOf(':');
            if (portAt < 0)
                throw malformed;
            host = authority[..portAt];
            if (host.Contains(':'))
                throw malformed;
        }
        string port = authority[(portAt + 1)..];
        if (!port.All(char.IsAsciiDigit))
            throw new FormatException($"parse \"{text}\": invalid port \":{port}\" after host");
        return (host, port);
    }
}

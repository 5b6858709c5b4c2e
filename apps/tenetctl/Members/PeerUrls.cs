using Tenet.CommandLine;

namespace Tenet.Ctl.Members;

/// <summary>Peer URLs as <c>--peer-urls</c> lists them. They are looked at before the cluster is asked.</summary>
internal static class PeerUrls
{
    /// <exception cref="CommandException">One is no peer URL.</exception>
    public static string[] Parse(string list)
    {
        if (list.Length == 0)
            throw new CommandException(ExitCode.BadArguments, "member peer urls not provided");
        string[] urls = [.. list.Split(',').Select(static url => url.Trim())];
        foreach (string url in urls)
        {
            if (Problem(url) is { } problem)
                throw new CommandException(ExitCode.Error, $"{problem}: {url}");
        }
        Array.Sort(urls, StringComparer.Ordinal);
        return urls;
    }

    private static string? Problem(string url)
    {
        int colon = url.IndexOf("://", StringComparison.Ordinal);
        switch (colon < 0 ? "" : url[..colon].ToLowerInvariant())
        {
            case "unix" or "unixs":
                return null;
            case "http" or "https":
                string host = url[(colon + 3)..];
                int end = host.AsSpan().IndexOfAny('/', '?', '#');
                string path = end < 0 || host[end] != '/' ? "" : host[end..];
                host = end < 0 ? host : host[..end];
                bool bracketed = host.StartsWith('[') && host.Contains("]:", StringComparison.Ordinal);
                return !bracketed && host.Count(static letter => letter == ':') != 1 ? "URL address does not have the form \"host:port\""
                    : path.Length > 0 ? "URL must not contain a path"
                    : null;
            default:
                return "URL scheme must be http, https, unix, or unixs";
        }
    }
}

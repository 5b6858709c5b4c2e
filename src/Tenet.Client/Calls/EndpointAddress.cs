namespace Tenet.Client.Calls;

/// <summary>An endpoint as users write it: <c>host:port</c>, <c>http://…</c>, <c>https://…</c>, <c>unix:path</c>, <c>unix://path</c>, <c>unixs://path</c>.</summary>
/// <param name="Text">As it was written.</param>
/// <param name="Root">Scheme and authority of the requests.</param>
/// <param name="SocketPath">The socket's file, for a unix socket.</param>
internal sealed record EndpointAddress(string Text, Uri Root, string? SocketPath)
{
    /// <summary>Reads an endpoint. Without a scheme it is TLS that decides: whoever configures it wants it.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static EndpointAddress Parse(string text, bool hasTls)
    {
        if (TrySocketPath(text, "unix:") is { } plain)
            return new EndpointAddress(text, new Uri("http://localhost"), plain);
        if (TrySocketPath(text, "unixs:") is { } secured)
            return new EndpointAddress(text, new Uri("https://localhost"), secured);

        string url = text.Contains("://", StringComparison.Ordinal) ? text : $"{(hasTls ? "https" : "http")}://{text}";
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed) || (parsed.Scheme != Uri.UriSchemeHttp && parsed.Scheme != Uri.UriSchemeHttps) || parsed.Host.Length == 0)
            throw new FormatException($"'{text}' is no endpoint: host:port, http://, https://, unix: or unixs: is expected");
        return new EndpointAddress(text, new Uri(parsed.GetLeftPart(UriPartial.Authority)), null);
    }

    /// <summary>Whether <see cref="Parse"/> would take a text, and what it would say if not.</summary>
    public static bool IsOne(string text, out string problem)
    {
        problem = "";
        try
        {
            Parse(text, hasTls: false);
        }
        catch (FormatException failure)
        {
            problem = failure.Message;
        }
        return problem.Length == 0;
    }

    private static string? TrySocketPath(string text, string scheme)
    {
        if (!text.StartsWith(scheme, StringComparison.Ordinal))
            return null;
        string path = text[scheme.Length..];
        path = path.StartsWith("//", StringComparison.Ordinal) ? path[2..] : path;
        return path.Length > 0 ? path : throw new FormatException($"'{text}' names no socket");
    }
}

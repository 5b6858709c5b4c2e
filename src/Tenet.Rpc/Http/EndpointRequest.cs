using System.Net;

namespace Tenet.Rpc.Http;

/// <summary>A request for a page.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">The decoded path.</param>
/// <param name="Query">The query string as sent, without the question mark.</param>
/// <param name="Cancellation">Fires when the caller is gone, a few seconds later over HTTP/1: he may only have said all that he had to say.</param>
public sealed record EndpointRequest(string Method, string Path, string Query, CancellationToken Cancellation)
{
    /// <summary>Whether a query parameter is given, with or without value.</summary>
    public bool QueryHas(string name) => QueryValues(name).Count > 0;

    /// <summary>All values of a query parameter, in order; empty if it is absent.</summary>
    public IReadOnlyList<string> QueryValues(string name)
    {
        var values = new List<string>();
        foreach (string pair in Query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            // As in Go: a pair with a semicolon is dropped.
            if (pair.Contains(';', StringComparison.Ordinal))
                continue;
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            string key = equals < 0 ? pair : pair[..equals];
            if (WebUtility.UrlDecode(key) == name)
                values.Add(equals < 0 ? "" : WebUtility.UrlDecode(pair[(equals + 1)..]));
        }
        return values;
    }
}

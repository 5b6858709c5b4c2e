using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Tenet.Rpc.Http;

/// <summary>Who may use the pages of a client listener: the host check and the CORS headers (contract/api.md, 4.6).</summary>
/// <param name="AllowedOrigins">Origins that may read the answers; <c>*</c> is all.</param>
/// <param name="AllowedHosts">Names under which the member may be addressed; empty or <c>*</c> is all.</param>
public sealed record HttpAccess(IReadOnlyList<string> AllowedOrigins, IReadOnlyList<string> AllowedHosts)
{
    /// <summary>etcd's defaults: everybody.</summary>
    public static HttpAccess Everybody { get; } = new(["*"], ["*"]);

    internal EndpointReply? Refuse(IHttpRequestFeature request)
    {
        if (!HostIsAllowed(request.Headers.Host.ToString(), out string host))
            return EndpointReply.Error(421, UnknownHost(host));
        return HttpMethods.IsOptions(request.Method) ? new EndpointReply(200, "", ReadOnlyMemory<byte>.Empty) : null;
    }

    internal void AddHeaders(IHeaderDictionary request, IHeaderDictionary response)
    {
        string origin = request.Origin.ToString();
        if (AllowedOrigins.Contains("*"))
            origin = "*";
        else if (origin.Length == 0 || !AllowedOrigins.Contains(origin))
            return;
        response.AccessControlAllowMethods = "POST, GET, OPTIONS, PUT, DELETE";
        response.AccessControlAllowOrigin = origin;
        response.AccessControlAllowHeaders = "accept, content-type, authorization";
    }

    private bool HostIsAllowed(string header, out string host)
    {
        host = HostString.FromUriComponent(header).Host.Trim('[', ']');
        return AllowedHosts.Count == 0 || AllowedHosts.Contains("*") || AllowedHosts.Contains(host);
    }

    private static string UnknownHost(string host) =>
        $"""

        etcd received your request, but the Host header was unrecognized.

        Either use TLS, where any host is accepted, or allow this one:
          - e.g. etcd --host-whitelist "{host}"

        The check keeps web pages from reaching the member by DNS rebinding (CVE-2018-5702).

        """;
}

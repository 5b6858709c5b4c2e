using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Tenet.Foundation.Logging;
using Tenet.Rpc.Gateway;
using Tenet.Transport.Tls;

namespace Tenet.Rpc.Http;

/// <summary>Who may use the pages of a client listener: the host check and the CORS headers (contract/api.md, 4.6).</summary>
/// <param name="AllowedOrigins">Origins that may read the answers; <c>*</c> is all.</param>
/// <param name="AllowedHosts">Names under which the member may be addressed; empty or <c>*</c> is all.</param>
public sealed record HttpAccess(IReadOnlyList<string> AllowedOrigins, IReadOnlyList<string> AllowedHosts)
{
    /// <summary>etcd's defaults: everybody.</summary>
    public static HttpAccess Everybody { get; } = new(["*"], ["*"]);

    /// <summary>
    /// Whether the names in callers' certificates are users just now. The gateway calls in its own name, so whoever shows such a name there is refused rather than
    /// taken for nobody. Null if they never are.
    /// </summary>
    public Func<bool>? NamesAreUsers { get; init; }

    /// <summary>Hears of refused hosts.</summary>
    public ILog Log { get; init; } = NoLog.Instance;

    /// <summary>Whom TLS has not shown the way must name a host that is known; behind TLS, a name in a certificate must not be meant for the gateway.</summary>
    internal EndpointReply? Refuse(IHttpRequestFeature request, string path, TlsSession? tls)
    {
        if (tls is not null)
        {
            return tls.CommonName is { Length: > 0 } && path.StartsWith(JsonGateway.Root, StringComparison.Ordinal) && NamesAreUsers?.Invoke() == true
                ? EndpointReply.Error(400, "CommonName of client sending a request against gateway will be ignored and not used as expected")
                : null;
        }

        if (HostIsAllowed(request.Headers.Host.ToString(), out string host))
            return null;
        Log.Warn("rejecting HTTP request to prevent DNS rebinding attacks", new LogField("host", host));
        return EndpointReply.Error(421, UnknownHost(host));
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

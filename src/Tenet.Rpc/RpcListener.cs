using Tenet.Rpc.Http;
using Tenet.Transport.InProcess;
using Tenet.Transport.Tls;

namespace Tenet.Rpc;

/// <summary>One address to listen on, and what is served there.</summary>
/// <param name="Url">
/// <c>http://IP:PORT</c> (port 0 takes a free one; <c>localhost</c> means 127.0.0.1) or <c>unix://PATH</c>; <c>https</c> and <c>unixs</c> for TLS.
/// </param>
public sealed record RpcListener(string Url)
{
    /// <summary>How TLS is spoken, where <see cref="Url"/> asks for it.</summary>
    public TlsServer? Tls { get; init; }

    /// <summary>The network within the process on which the address lies; null for the machine's.</summary>
    public InProcessHost? Host { get; init; }

    /// <summary>Whether connections without TLS are served on the same address as well.</summary>
    public bool PlainToo { get; init; }

    /// <summary>Whether gRPC calls are answered here.</summary>
    public bool Grpc { get; init; } = true;

    /// <summary>Whether the calls are answered as JSON below <c>/v3/</c> as well, and described at <c>/openapi.json</c>.</summary>
    public bool Gateway { get; init; }

    /// <summary>The HTTP/1.1 pages of this address; with none and no gateway, HTTP/1.1 connections are closed.</summary>
    public IReadOnlyList<HttpEndpoint> Endpoints { get; init; } = [];

    /// <summary>The host check and CORS headers of the pages; null for none, as on metrics URLs.</summary>
    public HttpAccess? Access { get; init; }
}

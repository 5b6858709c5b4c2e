using Tenet.Foundation.Logging;
using Tenet.Rpc.Http;
using Tenet.Transport.Tls;

namespace Tenet.Proxy;

/// <summary>What a gRPC proxy is told, under the names of <c>grpc-proxy start</c>'s flags.</summary>
public sealed record GrpcProxyOptions
{
    /// <summary>Where the proxy listens: <c>http://IP:PORT</c>, or <c>https</c> with <see cref="ListenTls"/>.</summary>
    public required string ListenUrl { get; init; }

    /// <summary>How TLS is spoken with clients.</summary>
    public TlsServer? ListenTls { get; init; }

    /// <summary>Where the pages are served beside that; empty for nowhere.</summary>
    public string MetricsUrl { get; init; } = "";

    /// <summary>Pages at <see cref="ListenUrl"/> beside the proxy's own.</summary>
    public IReadOnlyList<HttpEndpoint> MorePages { get; init; } = [];

    /// <summary>How many servers there are behind the proxy.</summary>
    public int EndpointCount { get; init; } = 1;

    /// <summary>How often the servers are asked who the members are; zero for never.</summary>
    public TimeSpan EndpointsAutoSyncInterval { get; init; }

    /// <summary>Told of the members' client URLs each time: the servers that are to be called from then on.</summary>
    public Action<IReadOnlyList<string>> EndpointsFound { get; init; } = static _ => { };

    /// <summary>Reads a server's page of metrics, for the proxy's <c>/metrics</c>.</summary>
    public Func<CancellationToken, Task<ReadOnlyMemory<byte>>> ServerMetrics { get; init; } =
        static _ => Task.FromException<ReadOnlyMemory<byte>>(new IOException("no server is known by a URL"));

    /// <summary>What is put before every key.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>What <c>MemberList</c> answers; empty passes the question on.</summary>
    public string AdvertiseClientUrl { get; init; } = "127.0.0.1:23790";

    /// <summary>Below which key the proxies write themselves down; empty for none.</summary>
    public string ResolverPrefix { get; init; } = "";

    /// <summary>How long an entry there outlives its proxy, in seconds.</summary>
    public int ResolverTtl { get; init; }

    /// <summary>Whether serializable reads never go back in time.</summary>
    public bool SerializableOrdering { get; init; }

    /// <summary>Below which key it is written down who owns a key, as etcd's leasing clients do; empty for no such clients.</summary>
    public string LeasingPrefix { get; init; } = "";

    /// <summary>How long a key that was handed back, or could not be had, is left alone.</summary>
    internal TimeSpan LeasingRest { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Whether every message of every call goes into the log.</summary>
    public bool LogsCalls { get; init; }

    /// <summary>The largest request, in bytes: grpc-go's own bound, as etcd's proxy sets none.</summary>
    public int ReceiveBytesMax { get; init; } = 4 * 1024 * 1024;

    /// <summary>How many calls one connection may have open.</summary>
    public uint ConcurrentStreamsMax { get; init; } = uint.MaxValue;

    /// <summary>How often a connection may be pinged by its caller.</summary>
    public TimeSpan KeepAliveMinTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a connection may be silent before it is pinged; zero turns pings off.</summary>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromHours(2);

    /// <summary>How long a ping may stay unanswered before the connection is closed; zero turns pings off.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Where lines go.</summary>
    public ILog Log { get; init; } = NoLog.Instance;

    /// <summary>The clock of what expires.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

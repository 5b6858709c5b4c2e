using Tenet.Foundation.Logging;
using Tenet.Foundation.Metrics;
using Tenet.Protocol.Calls;
using Tenet.Transport.Listening;

namespace Tenet.Rpc;

/// <summary>What a <see cref="GrpcServer"/> serves, where, and within which limits (defaults: contract/api.md, 3.2 and 3.3).</summary>
public sealed record GrpcServerOptions
{
    /// <summary>The addresses.</summary>
    public required IReadOnlyList<RpcListener> Listeners { get; init; }

    /// <summary>The method table, served on every listener with <see cref="RpcListener.Grpc"/>.</summary>
    public required IReadOnlyList<Method> Methods { get; init; }

    /// <summary>Receives the grpc_server_* and etcd_network_client_grpc_* families.</summary>
    public required MetricRegistry Metrics { get; init; }

    /// <summary>Whether grpc_server_handling_seconds is kept as well.</summary>
    public bool ExtensiveMetrics { get; init; }

    /// <summary>Receives what an operator should know: failed handlers, failures of the transport.</summary>
    public ILog Log { get; init; } = NoLog.Instance;

    /// <summary>The largest request message in bytes (etcd: max-request-bytes + 524288).</summary>
    public int ReceiveBytesMax { get; init; } = 1_572_864 + 524_288;

    /// <summary>The largest response message in bytes.</summary>
    public int SendBytesMax { get; init; } = int.MaxValue;

    /// <summary>How many calls one connection may have open.</summary>
    public uint ConcurrentStreamsMax { get; init; } = uint.MaxValue;

    /// <summary>The least time that a caller with an open call must leave between pings; zero takes five minutes, as grpc-go does.</summary>
    public TimeSpan KeepAliveMinTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How the addresses are shared.</summary>
    public SocketReuse SocketReuse { get; init; } = SocketReuse.None;

    /// <summary>How long a connection may be silent before it is pinged. If this or <see cref="KeepAliveTimeout"/> is zero, both have their defaults.</summary>
    public TimeSpan KeepAliveInterval { get; init; } = DefaultKeepAliveInterval;

    /// <summary>How long a ping may stay unanswered before the connection is closed.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = DefaultKeepAliveTimeout;

    internal static TimeSpan DefaultKeepAliveInterval => TimeSpan.FromHours(2);

    internal static TimeSpan DefaultKeepAliveTimeout => TimeSpan.FromSeconds(20);
}

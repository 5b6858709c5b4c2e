using Tenet.Foundation.Metrics;

namespace Tenet.Rpc.Calls;

/// <summary>The families of the transport (contract/api.md, 7). Every method's series exist from the start, at zero.</summary>
internal sealed class RpcMetrics(MetricRegistry registry, bool extensive)
{
    private static readonly double[] SecondsBounds = [.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10];

    /// <summary>The codes as Go names them, by number.</summary>
    public static readonly string[] CodeNames =
    [
        "OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists", "PermissionDenied", "ResourceExhausted",
        "FailedPrecondition", "Aborted", "OutOfRange", "Unimplemented", "Internal", "Unavailable", "DataLoss", "Unauthenticated",
    ];

    public MetricFamily<Counter> Started { get; } = registry.Counters(
        "grpc_server_started_total", "Total number of RPCs started on the server.", "grpc_type", "grpc_service", "grpc_method");

    public MetricFamily<Counter> Received { get; } = registry.Counters(
        "grpc_server_msg_received_total", "Total number of RPC stream messages received on the server.", "grpc_type", "grpc_service", "grpc_method");

    public MetricFamily<Counter> Sent { get; } = registry.Counters(
        "grpc_server_msg_sent_total", "Total number of gRPC stream messages sent by the server.", "grpc_type", "grpc_service", "grpc_method");

    public MetricFamily<Counter> Handled { get; } = registry.Counters(
        "grpc_server_handled_total",
        "Total number of RPCs completed on the server, regardless of success or failure.",
        "grpc_type",
        "grpc_service",
        "grpc_method",
        "grpc_code");

    public MetricFamily<Histogram>? Seconds { get; } = !extensive ? null : registry.Histograms(
        "grpc_server_handling_seconds",
        "Histogram of response latency (seconds) of gRPC that had been application-level handled by the server.",
        SecondsBounds,
        "grpc_type",
        "grpc_service",
        "grpc_method");

    /// <summary>Message bytes from clients, after decompression, without frames.</summary>
    public Counter ReceivedBytes { get; } = registry.Counter(
        "etcd_network_client_grpc_received_bytes_total", "The total number of bytes received from grpc clients.");

    /// <summary>Message bytes to clients, before compression, without frames.</summary>
    public Counter SentBytes { get; } = registry.Counter(
        "etcd_network_client_grpc_sent_bytes_total", "The total number of bytes sent to grpc clients.");
}

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
        "grpc_server_started_total", "Calls begun, by method.", "grpc_type", "grpc_service", "grpc_method");

    public MetricFamily<Counter> Received { get; } = registry.Counters(
        "grpc_server_msg_received_total", "Messages received, by method.", "grpc_type", "grpc_service", "grpc_method");

    public MetricFamily<Counter> Sent { get; } = registry.Counters(
        "grpc_server_msg_sent_total", "Messages sent, by method.", "grpc_type", "grpc_service", "grpc_method");

    public MetricFamily<Counter> Handled { get; } = registry.Counters(
        "grpc_server_handled_total",
        "Calls ended, by method and status.",
        "grpc_type",
        "grpc_service",
        "grpc_method",
        "grpc_code");

    public MetricFamily<Histogram>? Seconds { get; } = !extensive ? null : registry.Histograms(
        "grpc_server_handling_seconds",
        "Time of a call, by method.",
        SecondsBounds,
        "grpc_type",
        "grpc_service",
        "grpc_method");

    /// <summary>Message bytes from clients, after decompression, without frames.</summary>
    public Counter ReceivedBytes { get; } = registry.Counter(
        "etcd_network_client_grpc_received_bytes_total", "Message bytes received from clients.");

    /// <summary>Message bytes to clients, before compression, without frames.</summary>
    public Counter SentBytes { get; } = registry.Counter(
        "etcd_network_client_grpc_sent_bytes_total", "Message bytes sent to clients.");
}

using Tenet.Foundation.Metrics;

namespace Tenet.Peer;

/// <summary>The metric families of the peer door, under etcd's names (contract/api.md, part 7).</summary>
internal sealed class PeerMetrics(MetricRegistry registry)
{
    private static readonly double[] RoundTripBounds = Histogram.ExponentialBounds(0.0001, 2, 16);
    private static readonly double[] SnapshotBounds = Histogram.ExponentialBounds(0.1, 2, 10);

    public MetricFamily<Gauge> ActivePeers { get; } = registry.Gauges(
        "etcd_network_active_peers", "1 while the peer can be reached.", "Local", "Remote");

    public MetricFamily<Counter> DisconnectedPeers { get; } = registry.Counters(
        "etcd_network_disconnected_peers_total", "How often the peer could no longer be reached.", "Local", "Remote");

    public MetricFamily<Gauge> KnownPeers { get; } = registry.Gauges(
        "etcd_network_known_peers", "1 for each other member of the cluster.", "Local", "Remote");

    public MetricFamily<Counter> SentBytes { get; } = registry.Counters(
        "etcd_network_peer_sent_bytes_total", "Bytes of Raft messages and snapshots sent to the peer.", "To");

    public MetricFamily<Counter> SentFailures { get; } = registry.Counters(
        "etcd_network_peer_sent_failures_total", "Raft messages that could not be sent to the peer.", "To");

    public MetricFamily<Counter> ReceivedBytes { get; } = registry.Counters(
        "etcd_network_peer_received_bytes_total", "Bytes of Raft messages and snapshots received from the peer.", "From");

    public MetricFamily<Counter> ReceivedFailures { get; } = registry.Counters(
        "etcd_network_peer_received_failures_total", "Raft messages of the peer that could not be taken.", "From");

    public MetricFamily<Histogram> RoundTripTime { get; } = registry.Histograms(
        "etcd_network_peer_round_trip_time_seconds", "Time from a probe of the peer to its answer.", RoundTripBounds, "To");

    public MetricFamily<Counter> SnapshotsSent { get; } = registry.Counters(
        "etcd_network_snapshot_send_success", "Snapshots that the peer has taken.", "To");

    public MetricFamily<Counter> SnapshotsNotSent { get; } = registry.Counters(
        "etcd_network_snapshot_send_failures", "Snapshots that did not reach the peer.", "To");

    public MetricFamily<Gauge> SnapshotsOnTheWay { get; } = registry.Gauges(
        "etcd_network_snapshot_send_inflights_total", "Snapshots on their way to the peer.", "To");

    public MetricFamily<Histogram> SnapshotSendTime { get; } = registry.Histograms(
        "etcd_network_snapshot_send_total_duration_seconds", "Time from the start of a snapshot's transfer to the peer's answer.", SnapshotBounds, "To");

    public MetricFamily<Counter> SnapshotsReceived { get; } = registry.Counters(
        "etcd_network_snapshot_receive_success", "Snapshots received from the peer.", "From");

    public MetricFamily<Counter> SnapshotsNotReceived { get; } = registry.Counters(
        "etcd_network_snapshot_receive_failures", "Snapshots of the peer that were refused or broke off.", "From");

    public MetricFamily<Gauge> SnapshotsArriving { get; } = registry.Gauges(
        "etcd_network_snapshot_receive_inflights_total", "Snapshots on their way from the peer.", "From");

    public MetricFamily<Histogram> SnapshotReceiveTime { get; } = registry.Histograms(
        "etcd_network_snapshot_receive_total_duration_seconds", "Time from the start of a snapshot's arrival until Raft has heard of it.", SnapshotBounds, "From");
}

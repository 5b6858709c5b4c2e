using Tenet.Foundation.Metrics;

namespace Tenet.Server.Observability;

/// <summary>etcd's metric families for what a member does itself (contract/api.md, 7). Types and names are etcd's, oddities included.</summary>
internal sealed class MemberMetrics
{
    private static readonly double[] FromMillisecond = Tenet.Foundation.Metrics.Histogram.ExponentialBounds(0.001, 2, 14);
    private static readonly double[] FromTenthMillisecond = Tenet.Foundation.Metrics.Histogram.ExponentialBounds(0.0001, 2, 20);

    public MemberMetrics(MetricRegistry registry)
    {
        Registry = registry;
        LeaderChanges = registry.Counter("etcd_server_leader_changes_seen_total", "The number of leader changes seen.");
        ProposalsFailed = registry.Counter("etcd_server_proposals_failed_total", "The total number of failed proposals seen.");
        SlowApply = registry.Counter("etcd_server_slow_apply_total", "The total number of slow apply requests (likely overloaded from slow disk).");
        SlowReadIndexes = registry.Counter("etcd_server_slow_read_indexes_total", "The total number of pending read indexes not in sync with leader's or timed out read index requests.");
        FailedReadIndexes = registry.Counter("etcd_server_read_indexes_failed_total", "The total number of failed read indexes seen.");
        LeaseExpired = registry.Counter("etcd_debugging_server_lease_expired_total", "The total number of expired leases.");
        ClientRequests = registry.Counters("etcd_server_client_requests_total", "The total number of client requests per client version.", "type", "client_api_version");
        RequestDuration = registry.Histograms("etcd_server_request_duration_seconds", "Response latency distribution in seconds for each type.", FromMillisecond, "type", "success");
        RangeDuration = registry.Histograms("etcd_server_range_duration_seconds", "The latency distributions of txn.Range", FromTenthMillisecond, "success");
        ApplyDuration = registry.Histograms("etcd_server_apply_duration_seconds", "The latency distributions of v2 apply called by backend.", FromTenthMillisecond, "version", "op", "success");
        StreamFailures = registry.Counters("etcd_network_server_stream_failures_total", "The total number of stream failures from the local server.", "Type", "API");
        ClusterVersion = registry.Gauges("etcd_cluster_version", "Which version is running. 1 for 'cluster_version' label with current cluster version", "cluster_version");
        Alarms = registry.Gauges("etcd_debugging_server_alarms", "Alarms for every member in cluster. 1 for 'server_id' label with current ID. 2 for 'alarm_type' label with type of this alarm", "server_id", "alarm_type");

        WalFsync = registry.Histogram("etcd_disk_wal_fsync_duration_seconds", "The latency distributions of fsync called by WAL.", FromMillisecond);
        WalWrite = registry.Histogram("etcd_disk_wal_write_duration_seconds", "The latency distributions of write called by WAL.", FromMillisecond);
        WalBytes = registry.Gauge("etcd_disk_wal_write_bytes_total", "Total number of bytes written in WAL.");
        BackendCommit = registry.Histogram("etcd_disk_backend_commit_duration_seconds", "The latency distributions of commit called by backend.", FromMillisecond);
        BackendSnapshot = registry.Histogram(
            "etcd_disk_backend_snapshot_duration_seconds", "The latency distribution of backend snapshots.", Tenet.Foundation.Metrics.Histogram.ExponentialBounds(0.01, 2, 17));
        BackendDefrag = registry.Histogram(
            "etcd_disk_backend_defrag_duration_seconds", "The latency distribution of backend defragmentation.", Tenet.Foundation.Metrics.Histogram.ExponentialBounds(0.1, 2, 13));
        DefragInFlight = registry.Gauge("etcd_disk_defrag_inflight", "Whether or not defrag is active on the member. 1 means active, 0 means not.");
        SnapFsync = registry.Histogram("etcd_snap_fsync_duration_seconds", "The latency distributions of fsync called by snap.", FromMillisecond);
        SnapSave = registry.Histogram("etcd_debugging_snap_save_total_duration_seconds", "The total latency distributions of save called by snapshot.", FromMillisecond);

        HashDuration = registry.Histogram("etcd_mvcc_hash_duration_seconds", "The latency distribution of storage hash operation.", Tenet.Foundation.Metrics.Histogram.ExponentialBounds(0.01, 2, 15));
        HashKvDuration = registry.Histogram("etcd_mvcc_hash_rev_duration_seconds", "The latency distribution of storage hash by revision operation.", Tenet.Foundation.Metrics.Histogram.ExponentialBounds(0.01, 2, 15));
        Ranges = registry.Counter("etcd_mvcc_range_total", "Total number of ranges seen by this member.");
        Puts = registry.Counter("etcd_mvcc_put_total", "Total number of puts seen by this member.");
        Deletes = registry.Counter("etcd_mvcc_delete_total", "Total number of deletes seen by this member.");
        Transactions = registry.Counter("etcd_mvcc_txn_total", "Total number of txns seen by this member.");
        PutBytes = registry.Gauge("etcd_debugging_mvcc_total_put_size_in_bytes", "The total size of put kv pairs seen by this member.");
        CompactionPause = registry.Histogram(
            "etcd_debugging_mvcc_db_compaction_pause_duration_milliseconds", "Bucketed histogram of db compaction pause duration.", Tenet.Foundation.Metrics.Histogram.ExponentialBounds(1, 2, 13));
        CompactionTotal = registry.Histogram(
            "etcd_debugging_mvcc_db_compaction_total_duration_milliseconds", "Bucketed histogram of db compaction total duration.", Tenet.Foundation.Metrics.Histogram.ExponentialBounds(100, 2, 14));
        CompactionLast = registry.Gauge("etcd_debugging_mvcc_db_compaction_last", "The unix time of the last db compaction. Resets to 0 on start.");
        WatchEvents = registry.Counter("etcd_debugging_mvcc_events_total", "Total number of events sent by this member.");

        LeaseGranted = registry.Counter("etcd_debugging_lease_granted_total", "The total number of granted leases.");
        LeaseRevoked = registry.Counter("etcd_debugging_lease_revoked_total", "The total number of revoked leases.");
        LeaseRenewed = registry.Counter("etcd_debugging_lease_renewed_total", "The number of renewed leases seen by the leader.");
        LeaseTtl = registry.Histogram("etcd_debugging_lease_ttl_total", "Bucketed histogram of lease TTLs.", Tenet.Foundation.Metrics.Histogram.ExponentialBounds(1, 2, 24));
    }

    public MetricRegistry Registry { get; }

    public Counter LeaderChanges { get; }

    public Counter ProposalsFailed { get; }

    public Counter SlowApply { get; }

    public Counter SlowReadIndexes { get; }

    public Counter FailedReadIndexes { get; }

    public Counter LeaseExpired { get; }

    public MetricFamily<Counter> ClientRequests { get; }

    public MetricFamily<Histogram> RequestDuration { get; }

    public MetricFamily<Histogram> RangeDuration { get; }

    public MetricFamily<Histogram> ApplyDuration { get; }

    public MetricFamily<Counter> StreamFailures { get; }

    public MetricFamily<Gauge> ClusterVersion { get; }

    public MetricFamily<Gauge> Alarms { get; }

    public Histogram WalFsync { get; }

    public Histogram WalWrite { get; }

    public Gauge WalBytes { get; }

    public Histogram BackendCommit { get; }

    public Histogram BackendSnapshot { get; }

    public Histogram BackendDefrag { get; }

    public Gauge DefragInFlight { get; }

    public Histogram SnapFsync { get; }

    public Histogram SnapSave { get; }

    public Histogram HashDuration { get; }

    public Histogram HashKvDuration { get; }

    public Counter Ranges { get; }

    public Counter Puts { get; }

    public Counter Deletes { get; }

    public Counter Transactions { get; }

    public Gauge PutBytes { get; }

    public Histogram CompactionPause { get; }

    public Histogram CompactionTotal { get; }

    public Gauge CompactionLast { get; }

    public Counter WatchEvents { get; }

    public Counter LeaseGranted { get; }

    public Counter LeaseRevoked { get; }

    public Counter LeaseRenewed { get; }

    public Histogram LeaseTtl { get; }
}

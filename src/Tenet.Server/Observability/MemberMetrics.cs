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
        LeaderChanges = registry.Counter("etcd_server_leader_changes_seen_total", "Leaders this member has seen come into office.");
        ProposalsFailed = registry.Counter("etcd_server_proposals_failed_total", "Proposals that were not accepted or ran out of time.");
        LateHeartbeats = registry.Counter("etcd_server_heartbeat_send_failures_total", "Heartbeats that this member sent late as leader.");
        SnapshotApplyInProgress = registry.Gauge("etcd_server_snapshot_apply_in_progress_total", "1 while a snapshot from the leader is taken over.");
        SlowApply = registry.Counter("etcd_server_slow_apply_total", "Entries whose application took longer than the warning threshold.");
        SlowReadIndexes = registry.Counter("etcd_server_slow_read_indexes_total", "Read index rounds that had to be asked again or ran out of time.");
        FailedReadIndexes = registry.Counter("etcd_server_read_indexes_failed_total", "Read index rounds that gave no answer.");
        LeaseExpired = registry.Counter("etcd_debugging_server_lease_expired_total", "Leases that this member, as leader, found expired.");
        ClientRequests = registry.Counters("etcd_server_client_requests_total", "Calls by shape and by the API version that the client names.", "type", "client_api_version");
        RequestDuration = registry.Histograms("etcd_server_request_duration_seconds", "Time from a request's arrival to its answer, by kind.", FromMillisecond, "type", "success");
        RangeDuration = registry.Histograms("etcd_server_range_duration_seconds", "Time that executing a range took.", FromTenthMillisecond, "success");
        ApplyDuration = registry.Histograms("etcd_server_apply_duration_seconds", "Time that applying an entry took, by operation.", FromTenthMillisecond, "version", "op", "success");
        StreamFailures = registry.Counters("etcd_network_server_stream_failures_total", "Client streams that broke, by direction and API.", "Type", "API");
        Promotions = registry.Counter("etcd_server_learner_promote_successes", "Learners that were given a vote by this member as leader.");
        PromotionsFailed = registry.Counters("etcd_server_learner_promote_failures", "Learners that were refused a vote by this member as leader, by reason.", "Reason");
        ClusterVersion = registry.Gauges("etcd_cluster_version", "1 for the cluster version in force.", "cluster_version");
        Alarms = registry.Gauges("etcd_debugging_server_alarms", "1 for each alarm that is raised.", "server_id", "alarm_type");

        WalFsync = registry.Histogram("etcd_disk_wal_fsync_duration_seconds", "Time of a sync of the write-ahead log.", FromMillisecond);
        WalWrite = registry.Histogram("etcd_disk_wal_write_duration_seconds", "Time of a write to the write-ahead log.", FromMillisecond);
        WalBytes = registry.Gauge("etcd_disk_wal_write_bytes_total", "Bytes written to the write-ahead log.");
        BackendCommit = registry.Histogram("etcd_disk_backend_commit_duration_seconds", "Time of a commit of the backend.", FromMillisecond);
        BackendSnapshot = registry.Histogram(
            "etcd_disk_backend_snapshot_duration_seconds", "Time it took to stream the backend to a client.", Tenet.Foundation.Metrics.Histogram.ExponentialBounds(0.01, 2, 17));
        BackendDefrag = registry.Histogram(
            "etcd_disk_backend_defrag_duration_seconds", "Time of a defragmentation.", Tenet.Foundation.Metrics.Histogram.ExponentialBounds(0.1, 2, 13));
        CommitRebalance = registry.Histogram(
            "etcd_debugging_disk_backend_commit_rebalance_duration_seconds", "Time that a commit of the backend merged nodes.", FromMillisecond);
        CommitSpill = registry.Histogram(
            "etcd_debugging_disk_backend_commit_spill_duration_seconds", "Time that a commit of the backend divided and placed nodes.", FromMillisecond);
        CommitWrite = registry.Histogram(
            "etcd_debugging_disk_backend_commit_write_duration_seconds", "Time that a commit of the backend wrote and synced.", FromMillisecond);
        DefragInFlight = registry.Gauge("etcd_disk_defrag_inflight", "1 while a defragmentation runs.");
        SnapFsync = registry.Histogram("etcd_snap_fsync_duration_seconds", "Time of a sync of a Raft snapshot file.", FromMillisecond);
        SnapSave = registry.Histogram("etcd_debugging_snap_save_total_duration_seconds", "Time it took to save a Raft snapshot file.", FromMillisecond);

        SnapMarshal = registry.Histogram("etcd_debugging_snap_save_marshalling_duration_seconds", "Time it took to encode a Raft snapshot.", FromMillisecond);
        ReceivedFsync = registry.Histogram("etcd_snap_db_fsync_duration_seconds", "Time of a sync of a database received from the leader.", FromMillisecond);
        ReceivedSave = registry.Histogram(
            "etcd_snap_db_save_total_duration_seconds", "Time it took to receive and save a database from the leader.", Tenet.Foundation.Metrics.Histogram.ExponentialBounds(0.1, 2, 10));

        HashDuration = registry.Histogram("etcd_mvcc_hash_duration_seconds", "Time of a hash over the whole backend.", Tenet.Foundation.Metrics.Histogram.ExponentialBounds(0.01, 2, 15));
        HashKvDuration = registry.Histogram("etcd_mvcc_hash_rev_duration_seconds", "Time of a hash over the keys at a revision.", Tenet.Foundation.Metrics.Histogram.ExponentialBounds(0.01, 2, 15));
        Ranges = registry.Counter("etcd_mvcc_range_total", "Range operations executed here.");
        Puts = registry.Counter("etcd_mvcc_put_total", "Put operations applied here.");
        Deletes = registry.Counter("etcd_mvcc_delete_total", "Delete operations applied here.");
        Transactions = registry.Counter("etcd_mvcc_txn_total", "Store transactions of more than one operation applied here.");
        PutBytes = registry.Gauge("etcd_debugging_mvcc_total_put_size_in_bytes", "Bytes of keys and values put since the start.");
        CompactionPause = registry.Histogram(
            "etcd_debugging_mvcc_db_compaction_pause_duration_milliseconds", "Time of one step of a compaction.", Tenet.Foundation.Metrics.Histogram.ExponentialBounds(1, 2, 13));
        IndexCompactionPause = registry.Histogram(
            "etcd_debugging_mvcc_index_compaction_pause_duration_milliseconds", "Time that a compaction worked in the index.", Tenet.Foundation.Metrics.Histogram.ExponentialBounds(0.5, 2, 14));
        CompactionTotal = registry.Histogram(
            "etcd_debugging_mvcc_db_compaction_total_duration_milliseconds", "Time of a whole compaction.", Tenet.Foundation.Metrics.Histogram.ExponentialBounds(100, 2, 14));
        CompactionLast = registry.Gauge("etcd_debugging_mvcc_db_compaction_last", "When the last compaction ended, in Unix seconds; 0 if none since the start.");
        WatchSend = registry.Histogram(
            "etcd_debugging_server_watch_send_loop_watch_stream_duration_seconds", "Time it took to send what a stream had of events at once.", FromMillisecond);
        WatchSendPerEvent = registry.Histogram(
            "etcd_debugging_server_watch_send_loop_watch_stream_duration_per_event_seconds", "The same, for one event.", FromMillisecond);
        WatchSendControl = registry.Histogram(
            "etcd_debugging_server_watch_send_loop_control_stream_duration_seconds", "Time it took to send answers to create and cancel requests.", FromMillisecond);
        WatchSendProgress = registry.Histogram(
            "etcd_debugging_server_watch_send_loop_progress_duration_seconds", "Time it took to send progress notifications.", FromMillisecond);
        WatchEvents = registry.Counter("etcd_debugging_mvcc_events_total", "Events sent to watchers.");

        LeaseGranted = registry.Counter("etcd_debugging_lease_granted_total", "Leases granted.");
        LeaseRevoked = registry.Counter("etcd_debugging_lease_revoked_total", "Leases revoked.");
        LeaseRenewed = registry.Counter("etcd_debugging_lease_renewed_total", "Leases that this member renewed as leader.");
        LeaseTtl = registry.Histogram("etcd_debugging_lease_ttl_total", "Time to live of granted leases, in seconds.", Tenet.Foundation.Metrics.Histogram.ExponentialBounds(1, 2, 24));
    }

    public MetricRegistry Registry { get; }

    public Counter LeaderChanges { get; }

    public Counter ProposalsFailed { get; }

    public Counter LateHeartbeats { get; }

    public Gauge SnapshotApplyInProgress { get; }

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

    /// <summary>The same syncs, for who has to make way for them.</summary>
    public LogSyncTimes LogSyncs { get; } = new();

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

    public Histogram CommitRebalance { get; }

    public Histogram CommitSpill { get; }

    public Histogram CommitWrite { get; }

    public Histogram SnapMarshal { get; }

    public Histogram ReceivedFsync { get; }

    public Histogram ReceivedSave { get; }

    public Histogram IndexCompactionPause { get; }

    public Histogram WatchSend { get; }

    public Histogram WatchSendPerEvent { get; }

    public Histogram WatchSendControl { get; }

    public Histogram WatchSendProgress { get; }

    public Counter Promotions { get; }

    public MetricFamily<Counter> PromotionsFailed { get; }
}

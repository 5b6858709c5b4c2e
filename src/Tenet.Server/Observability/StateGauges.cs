using Tenet.Foundation.Metrics;
using Tenet.Server.Requests;
using Tenet.Server.Services;

namespace Tenet.Server.Observability;

/// <summary>Families that are read from the member when the page is written (contract/api.md, 7).</summary>
internal static class StateGauges
{
    public static void Register(MetricRegistry registry, MemberCore core, PendingRequests pending)
    {
        EngineState state = core.State;
        registry.Gauge("etcd_server_has_leader", "Whether or not a leader exists. 1 is existence, 0 is not.", () => state.Lead != 0 ? 1 : 0);
        registry.Gauge("etcd_server_is_leader", "Whether or not this member is a leader. 1 if is, 0 otherwise.", () => state.IsLeader ? 1 : 0);
        registry.Gauge(
            "etcd_server_is_learner",
            "Whether or not this member is a learner. 1 if is, 0 otherwise.",
            () => core.Members.Current.Find(core.MemberId) is { IsLearner: true } ? 1 : 0);
        registry.Gauge("etcd_server_proposals_committed_total", "The total number of consensus proposals committed.", () => state.CommittedIndex);
        registry.Gauge("etcd_server_proposals_applied_total", "The total number of consensus proposals applied.", () => state.AppliedIndex);
        registry.Gauge("etcd_server_proposals_pending", "The current number of pending proposals to commit.", () => pending.Count);
        registry.Gauge(
            "etcd_server_quota_backend_bytes",
            "Current backend storage quota size in bytes.",
            () => core.Options.QuotaBackendBytes == 0 ? State.Apply.Quota.DefaultBytes : core.Options.QuotaBackendBytes);
        registry.Gauge("etcd_server_snapshot_apply_in_progress_total", "1 if the server is applying the incoming snapshot. 0 if none.").Set(0);
        registry.Counter("etcd_server_heartbeat_send_failures_total", "The total number of leader heartbeat send failures (likely overloaded from slow disk).");
        registry.Gauges("etcd_server_id", "Server or member ID in hexadecimal format. 1 for 'server_id' label with current ID.", "server_id").With(core.MemberId.ToString("x")).Set(1);
        registry.Gauges("etcd_server_version", "Which version is running. 1 for 'server_version' label with current version.", "server_version").With(MemberOptions.ServerVersion).Set(1);
        registry.Gauge("os_fd_limit", "The file descriptor limit.", ProcessMetrics.OpenFilesMax);
        registry.Gauge("os_fd_used", "The number of used file descriptors.", ProcessMetrics.OpenFiles);

        registry.Gauge("etcd_mvcc_db_total_size_in_bytes", "Total size of the underlying database physically allocated in bytes.", () => core.Backend.Size);
        registry.Gauge("etcd_mvcc_db_total_size_in_use_in_bytes", "Total size of the underlying database logically in use in bytes.", () => core.Backend.SizeInUse);
        registry.Gauge("etcd_debugging_mvcc_current_revision", "The current revision of store.", () => core.Store.CurrentRevision);
        registry.Gauge("etcd_debugging_mvcc_compact_revision", "The revision of the last compaction in store.", () => core.Store.CompactRevision);
        registry.Gauge("etcd_debugging_mvcc_keys_total", "Total number of keys.", () => core.Store.KeyCount);
        registry.Gauge("etcd_debugging_mvcc_watch_stream_total", "Total number of watch streams.", () => core.Watches.Statistics.Streams);
        registry.Gauge("etcd_debugging_mvcc_watcher_total", "Total number of watchers.", () => core.Watches.Statistics.Watchers);
        registry.Gauge("etcd_debugging_mvcc_slow_watcher_total", "Total number of unsynced slow watchers.", () => core.Watches.Statistics.SlowWatchers);
        registry.Gauge("etcd_debugging_mvcc_pending_events_total", "Total number of pending events to be sent.", () => core.Watches.Statistics.PendingEvents);
    }
}

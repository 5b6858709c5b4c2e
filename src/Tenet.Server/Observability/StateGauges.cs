using System.Runtime.InteropServices;
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
        registry.Gauge("etcd_server_has_leader", "1 while a leader is known.", () => state.Lead != 0 ? 1 : 0);
        registry.Gauge("etcd_server_is_leader", "1 while this member leads.", () => state.IsLeader ? 1 : 0);
        registry.Gauge(
            "etcd_server_is_learner",
            "1 while this member is a learner.",
            () => core.Members.Current.Find(core.MemberId) is { IsLearner: true } ? 1 : 0);
        registry.Gauge("etcd_server_proposals_committed_total", "Index of the last committed Raft entry.", () => state.CommittedIndex);
        registry.Gauge("etcd_server_proposals_applied_total", "Index of the last applied Raft entry.", () => state.AppliedIndex);
        registry.Gauge("etcd_server_proposals_pending", "Requests that wait for their entry to be applied.", () => pending.Count);
        registry.Gauge(
            "etcd_server_quota_backend_bytes",
            "Size of the backend at which writes are refused.",
            () => core.Options.QuotaBackendBytes == 0 ? State.Apply.Quota.DefaultBytes : core.Options.QuotaBackendBytes);
        registry.Gauges("etcd_server_id", "1 for this member's id, in hexadecimal.", "server_id").With(core.MemberId.ToString("x")).Set(1);
        registry.Gauges("etcd_server_version", "1 for the version of this server.", "server_version").With(MemberOptions.ServerVersion).Set(1);
        registry.Gauges("etcd_server_go_version", "1 for what this server runs on; Go's version in etcd.", "server_go_version").With(RuntimeInformation.FrameworkDescription).Set(1);
        registry.Gauge("etcd_debugging_auth_revision", "The revision of users and roles.", () => core.Access.View.Revision);
        registry.Gauge("os_fd_limit", "Files that the process may have open.", ProcessMetrics.OpenFilesMax);
        registry.Gauge("os_fd_used", "Files that the process has open.", ProcessMetrics.OpenFiles);

        registry.Gauge("etcd_mvcc_db_total_size_in_bytes", "Size of the backend, free pages included.", () => core.Backend.Size);
        registry.Gauge("etcd_mvcc_db_total_size_in_use_in_bytes", "Size of the backend without free pages.", () => core.Backend.SizeInUse);
        registry.Gauge("etcd_mvcc_db_open_read_transactions", "Read transactions of the backend that are open.", () => core.Backend.OpenReads);
        registry.Counter("etcd_debugging_mvcc_db_compaction_keys_total", "Records that compactions have removed.", () => core.Store.RecordsCompacted);
        registry.Gauge("etcd_debugging_mvcc_current_revision", "The store's revision.", () => core.Store.CurrentRevision);
        registry.Gauge("etcd_debugging_mvcc_compact_revision", "The revision of the last compaction.", () => core.Store.CompactRevision);
        registry.Gauge("etcd_debugging_mvcc_keys_total", "Keys that are live.", () => core.Store.KeyCount);
        registry.Gauge("etcd_debugging_mvcc_watch_stream_total", "Watch streams that are open.", () => core.Watches.Statistics.Streams);
        registry.Gauge("etcd_debugging_mvcc_watcher_total", "Watchers.", () => core.Watches.Statistics.Watchers);
        registry.Gauge("etcd_debugging_mvcc_slow_watcher_total", "Watchers that are behind and served from history.", () => core.Watches.Statistics.SlowWatchers);
        registry.Gauge("etcd_debugging_mvcc_pending_events_total", "Events that wait to be sent to watchers.", () => core.Watches.Statistics.PendingEvents);
    }
}

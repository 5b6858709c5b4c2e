using System.Globalization;
using System.Text.RegularExpressions;
using Tenet.Interop.Tests.Processes;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Interop.Tests.CommandLine;

/// <summary>What etcd's published alert rules and dashboards read (contract/api.md, 7.1) is on the page, under the labels that they select by, and true.</summary>
public sealed partial class AlertMetricsTests
{
    [InteropFact]
    public async Task What_alert_rules_and_dashboards_read_tells_what_was_done()
    {
        using Scratch scratch = new();
        await using ServerProcess server = await ServerProcess.StartAsync(Binaries.Subject, scratch["data"], "--metrics", "extensive", "--quota-backend-bytes", "1073741824");
        Task<ToolResult> RunAsync(params string[] arguments) => Tool.RunAsync(Binaries.Etcdctl, ["--endpoints", server.Endpoint, "--command-timeout", "3s", .. arguments]);
        for (int i = 0; i < 20; i++)
            await server.Client.PutAsync($"k{i}", "v");
        await RunAsync("lease", "grant", "60");
        await RunAsync("move-leader", "1");
        await Tool.RunAsync("timeout", ["2", Binaries.Etcdctl, "--endpoints", server.Endpoint, "watch", "k", "--rev", "1"]);
        StatusResponse status = (await server.Client.StatusAsync()).Value;
        Page page = await Page.ReadAsync(server.Endpoint);

        page.Is(1, "etcd_server_has_leader");
        page.Is(1, "etcd_server_leader_changes_seen_total");
        page.Is(0, "etcd_server_proposals_failed_total");
        page.Is(0, "etcd_server_proposals_pending");
        page.Is(status.RaftAppliedIndex, "etcd_server_proposals_applied_total");
        page.Is(status.RaftIndex, "etcd_server_proposals_committed_total");
        page.Is(status.DbSize, "etcd_mvcc_db_total_size_in_bytes");
        page.Is(status.DbSizeInUse, "etcd_mvcc_db_total_size_in_use_in_bytes");
        page.Is(1_073_741_824, "etcd_server_quota_backend_bytes");
        page.Is(20, "grpc_server_started_total", "grpc_service=\"etcdserverpb.KV\"", "grpc_type=\"unary\"", "grpc_method=\"Put\"");
        page.Is(20, "grpc_server_handled_total", "grpc_service=\"etcdserverpb.KV\"", "grpc_type=\"unary\"", "grpc_method=\"Put\"", "grpc_code=\"OK\"");
        page.Is(20, "grpc_server_handling_seconds_bucket", "grpc_service=\"etcdserverpb.KV\"", "grpc_type=\"unary\"", "grpc_method=\"Put\"", "le=\"+Inf\"");
        page.Is(1, "grpc_server_handled_total", "grpc_service=\"etcdserverpb.Maintenance\"", "grpc_type=\"unary\"", "grpc_method=\"MoveLeader\"", "grpc_code=\"FailedPrecondition\"");
        page.Is(1, "grpc_server_started_total", "grpc_service=\"etcdserverpb.Watch\"", "grpc_type=\"bidi_stream\"", "grpc_method=\"Watch\"");
        page.Is(1, "grpc_server_handled_total", "grpc_service=\"etcdserverpb.Watch\"", "grpc_type=\"bidi_stream\"");
        page.Is(0, "grpc_server_started_total", "grpc_service=\"etcdserverpb.Lease\"", "grpc_type=\"bidi_stream\"", "grpc_method=\"LeaseKeepAlive\"");
        page.IsAtLeast(20, "etcd_disk_wal_fsync_duration_seconds_bucket", "le=\"+Inf\"");
        page.IsAtLeast(1, "etcd_disk_backend_commit_duration_seconds_bucket", "le=\"+Inf\"");
        page.IsAtLeast(20 * 7, "etcd_network_client_grpc_received_bytes_total");
        page.IsAtLeast(20 * 10, "etcd_network_client_grpc_sent_bytes_total");
        page.IsAtLeast(10_000_000, "process_resident_memory_bytes");
        page.IsAtLeast(1, "process_open_fds");
    }

    /// <summary>The samples of one scrape.</summary>
    private sealed partial class Page(List<(string Name, string Labels, double Value)> samples)
    {
        public static async Task<Page> ReadAsync(string endpoint)
        {
            using HttpClient http = new();
            List<(string, string, double)> samples = [];
            foreach (Match sample in Sample().Matches(await http.GetStringAsync($"http://{endpoint}/metrics")))
                samples.Add((sample.Groups[1].Value, sample.Groups[2].Value, double.Parse(sample.Groups[3].Value, CultureInfo.InvariantCulture)));
            return new Page(samples);
        }

        public void Is(double wanted, string name, params string[] labels) => Assert.True(Sum(name, labels) == wanted, $"{name}{{{string.Join(',', labels)}}} is {Sum(name, labels)}, not {wanted}");

        public void IsAtLeast(double wanted, string name, params string[] labels) => Assert.True(Sum(name, labels) >= wanted, $"{name} is {Sum(name, labels)}, less than {wanted}");

        /// <summary>As PromQL's sum over what a selector selects; it must select something.</summary>
        private double Sum(string name, string[] labels)
        {
            double[] selected = [.. samples.Where(sample => sample.Name == name && labels.All(label => sample.Labels.Contains(label, StringComparison.Ordinal))).Select(static sample => sample.Value)];
            Assert.True(selected.Length > 0, $"there is no {name}{{{string.Join(',', labels)}}}");
            return selected.Sum();
        }

        [GeneratedRegex("^([a-z_]+)(\\{.*\\})? (\\S+)$", RegexOptions.Multiline)]
        private static partial Regex Sample();
    }
}

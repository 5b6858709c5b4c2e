using System.Text.Json;
using System.Text.RegularExpressions;
using Tenet.Interop.Tests.Clusters;
using Tenet.Interop.Tests.Processes;
using Xunit.Abstractions;

namespace Tenet.Interop.Tests.CommandLine;

/// <summary>After the same work, the lines that operators and tools wait for (contract/api.md, 8.2) are in both logs, with the same level and the same fields in the same order.</summary>
public sealed partial class LogComparisonTests(ITestOutputHelper output)
{
    /// <summary>What the work below makes both programs say.</summary>
    private static readonly string[] Awaited =
    [
        "Running: ", "starting an etcd server", "starting etcd server", "configuring peer listeners", "configuring client listeners", "serving peer traffic", "serving metrics",
        "now serving peer/client/metrics", "ready to serve client requests", "serving client traffic insecurely; this is strongly discouraged!",
        "published local member to cluster through raft", "set initial cluster version", "cluster version is updated", "enabled capabilities for version",
        "ID became leader at term N", "ID became follower at term N", "ID is starting a new election at term N", "raft.node: ID elected leader ID at term N",
        "compact tree index", "finished scheduled compaction", "storing new hash", "starting defragment", "defragmenting", "finished defragmenting directory", "finished defragment",
        "grpc service status changed", "sending database snapshot to client", "sending database sha256 checksum to client", "successfully sent database snapshot to client",
        "triggering snapshot", "failed to apply request", "enabled authentication", "disabled authentication", "simple token is not cryptographically signed",
        "invalid authentication was requested", "alarm raised", "added member", "updated member", "removed member", "kvstore restored",
        "restored last compact revision", "skipped leadership transfer for single voting member cluster", "received signal; shutting down", "closing etcd server", "closed etcd server",
        "added a user", "deleted a user", "changed a password of a user", "granted a role to a user", "ignored grant role request to a user", "revoked a role from a user",
        "created a role", "deleted a role", "granted/updated a permission to a user", "revoked a permission on range", "cannot delete 'root' user", "cannot delete 'root' role",
        "'root' user cannot revoke 'root' role", "authentication is already enabled; ignored auth enable request", "invalid password", "invalid auth token",
        "Running http and grpc server on single port. This is not recommended for production.",
    ];

    /// <summary>Where the line of 3.7.1, which Tenet has, is not that of 3.5.30; by message, what is gone and what is new.</summary>
    private static readonly Dictionary<string, (string[] Gone, string[] New)> Of37 = new()
    {
        ["starting an etcd server"] = (
            ["compact-check-time-enabled", "discovery-url", "discovery-proxy"],
            [
                "local-address", "feature-gates", "discovery-token", "discovery-endpoints", "discovery-dial-timeout", "discovery-request-timeout", "discovery-keepalive-time",
                "discovery-keepalive-timeout", "discovery-insecure-transport", "discovery-insecure-skip-tls-verify", "discovery-cert", "discovery-key",
                "discovery-cacert", "discovery-user", "max-learners", "v2-deprecation",
            ]),
        ["published local member to cluster through raft"] = (["request-path"], []),
        ["sending database snapshot to client"] = ([], ["storage-version"]),
        ["successfully sent database snapshot to client"] = ([], ["storage-version"]),
        ["finished scheduled compaction"] = ([], ["number-of-keys-compacted"]),
        ["restored last compact revision"] = (["meta-bucket-name"], []),
        ["updated member"] = ([], ["updated-remote-peer-is-learner"]),
        ["triggering snapshot"] = ([], ["snapshot-forced"]),
        ["granted/updated a permission to a user"] = ([], ["key", "range-end"]),

        // How long commits stood still is what sets Tenet's defragmentation apart.
        ["finished defragmenting directory"] = ([], ["commits-paused"]),
    };

    [InteropFact]
    public async Task The_lines_that_operators_wait_for_are_those_of_etcd()
    {
        Task<Dictionary<string, Line>> etcdLines = LinesAsync(Binaries.NewEtcd);
        Task<Dictionary<string, Line>> subjectLines = LinesAsync(Binaries.Subject);
        Dictionary<string, Line> etcd = await etcdLines;
        Dictionary<string, Line> subject = await subjectLines;
        List<string> differences = [];
        foreach (string message in Awaited)
        {
            if (!etcd.TryGetValue(message, out Line? expected))
            {
                differences.Add($"{message}: etcd did not say it");
                continue;
            }

            if (!subject.TryGetValue(message, out Line? actual))
            {
                differences.Add($"{message}: not said");
                continue;
            }

            (string[] gone, string[] added) = Binaries.Subject.IsEtcd ? ([], []) : Of37.GetValueOrDefault(message, ([], []));
            string wanted = $"{expected.Level} {expected.Logger} {string.Join(' ', expected.Fields.Except(gone))}";
            string found = $"{actual.Level} {actual.Logger} {string.Join(' ', actual.Fields.Except(added))}";
            if (wanted != found)
                differences.Add($"{message}:\n  etcd {wanted}\n  ours {found}");
            foreach (string name in added.Except(actual.Fields))
                differences.Add($"{message}: {name} of 3.7 is missing");
        }

        output.WriteLine($"{Awaited.Length} lines compared, {Of37.Count} of them as 3.7.1 has them; etcd said beside them:");
        foreach (string message in etcd.Keys.Except(Awaited).Where(message => !subject.ContainsKey(message)))
            output.WriteLine("  " + message);
        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    /// <summary>Everything that a server says in two lives, by message.</summary>
    private static async Task<Dictionary<string, Line>> LinesAsync(ServerBinary binary)
    {
        using Scratch scratch = new();
        string metrics = $"http://127.0.0.1:{Ports.Next()}";
        string log = "";
        await using (ServerProcess server = await ServerProcess.StartAsync(binary, scratch["data"], "--snapshot-count", "20", "--listen-metrics-urls", metrics))
        {
            Task<ToolResult> RunAsync(params string[] arguments) => Tool.RunAsync(Binaries.Etcdctl, ["--endpoints", server.Endpoint, "--command-timeout", "30s", "--dial-timeout", "30s", .. arguments]);
            for (int i = 0; i < 15; i++)
                await server.Client.PutAsync($"k{i}", "v");
            await server.Client.CompactAsync(8);
            await Eventually.TrueAsync("the compaction is finished", _ => Task.FromResult(server.Log.Contains("finished scheduled compaction", StringComparison.Ordinal)));
            await RunAsync("defrag");
            await RunAsync("snapshot", "save", scratch["snapshot.db"]);
            await RunAsync("lease", "revoke", "4d");
            string id = (await RunAsync("member", "list")).Output.Split(',')[0];
            await RunAsync("member", "update", id, "--peer-urls", ServerProcess.PeerUrl);
            // A short identifier has blanks before it.
            string added = (await RunAsync("member", "add", "other", "--learner", "--peer-urls", "http://127.0.0.1:9")).Output.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
            // What is compared is the line; a tool that is refused at first or gives up is asked again.
            await Eventually.TrueAsync("the member is removed", async _ =>
            {
                await RunAsync("member", "remove", added);
                return server.Log.Contains("removed member", StringComparison.Ordinal);
            });
            await ChangeUsersAsync(RunAsync, server);
            await server.StopAsync();
            log += server.Log;
        }

        // The second life begins with a full database.
        await using (ServerProcess server = await ServerProcess.StartAsync(binary, scratch["data"], "--quota-backend-bytes", "1"))
        {
            await Tool.RunAsync(Binaries.Etcdctl, ["--endpoints", server.Endpoint, "--command-timeout", "5s", "put", "a", "b"]);
            await Eventually.TrueAsync("the alarm is raised", _ => Task.FromResult(server.Log.Contains("alarm raised", StringComparison.Ordinal)));
            await server.StopAsync();
            log += server.Log;
        }

        Dictionary<string, Line> lines = [];
        foreach (string text in log.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(static text => text.StartsWith('{')))
        {
            using JsonDocument line = JsonDocument.Parse(text);
            string[] names = [.. line.RootElement.EnumerateObject().Select(static field => field.Name)];
            string message = Number().Replace(Identifier().Replace(line.RootElement.GetProperty("msg").GetString()!, "ID"), "at term N");
            string logger = line.RootElement.TryGetProperty("logger", out JsonElement named) ? named.GetString()! : "";
            lines.TryAdd(message, new Line(line.RootElement.GetProperty("level").GetString()!, logger, [.. names.Except(["level", "ts", "logger", "caller", "msg", "stacktrace"])]));
        }

        return lines;
    }

    /// <summary>Everything that can be done to users and roles, and some of what cannot.</summary>
    private static async Task ChangeUsersAsync(Func<string[], Task<ToolResult>> runAsync, ServerProcess server)
    {
        foreach (string line in (string[])
        [
            "user add root --new-user-password=r", "user grant-role root root", "user add u --new-user-password=u", "role add r",
            "role grant-permission r readwrite a z", "user grant-role u r", "user grant-role u r", "user revoke-role u r", "role revoke-permission r a z", "role delete r",
            "user delete u", "role add root", "auth enable", "--user root:r auth enable", "--user root:r user delete root", "--user root:r user revoke-role root root",
            "--user root:r role delete root", "--user root:wrong get a",
        ])
        {
            await runAsync(line.Split(' '));
        }

        using (HttpClient http = new())
        {
            using HttpRequestMessage request = new(HttpMethod.Post, $"http://{server.Endpoint}/v3/kv/range") { Content = new StringContent("{\"key\":\"YQ==\"}") };
            Assert.True(request.Headers.TryAddWithoutValidation("Authorization", "invented"));
            (await http.SendAsync(request)).Dispose();
        }

        await Tool.RunAsync(Binaries.Etcdctl, ["--endpoints", server.Endpoint, "--user", "root:r", "user", "passwd", "root", "--interactive=false"], input: "r\n");
        await runAsync(["--user", "root:r", "auth", "disable"]);
    }

    [GeneratedRegex("\\b[0-9a-f]{12,16}\\b")]
    private static partial Regex Identifier();

    [GeneratedRegex("at term \\d+")]
    private static partial Regex Number();

    private sealed record Line(string Level, string Logger, string[] Fields);
}

using System.Text.Json;
using Tenet.Interop.Tests.Processes;

namespace Tenet.Interop.Tests.CommandLine;

/// <summary>Wrong command lines and files: Tenet ends with real etcd's exit code and words.</summary>
public sealed class RefusalComparisonTests
{
    private static readonly string[][] CommandLines =
    [
        ["stray"],
        ["--bogus"],
        ["--bogus=1", "--name", "x"],
        ["---name"],
        ["--name"],
        ["--snapshot-count", "abc"],
        ["--snapshot-count=-1"],
        ["--pre-vote=maybe"],
        ["--grpc-keepalive-interval", "5"],
        ["--max-concurrent-streams", "5000000000"],
        ["--quota-backend-bytes", "1e3"],
        ["--listen-peer-urls", "foo"],
        ["--listen-peer-urls", "http://127.0.0.1"],
        ["--listen-client-urls", "http://127.0.0.1:1/path", "--advertise-client-urls", "http://127.0.0.1:1"],
        ["--listen-client-urls", "http://example.com:1", "--advertise-client-urls", "http://example.com:1"],
        ["--listen-peer-urls", "http://example.com:1"],
        ["--listen-metrics-urls", "http://example.com:1"],
        ["--listen-client-urls", "http://127.0.0.1:1"],
        ["--initial-advertise-peer-urls", "http://:2380"],
        ["--initial-cluster-state", "z"],
        ["--discovery-fallback", "z"],
        ["--initial-cluster", "a=http://localhost:1", "--discovery-srv", "example.com"],
        ["--heartbeat-interval", "0"],
        ["--election-timeout", "0"],
        ["--election-timeout", "100"],
        ["--election-timeout", "50001"],
        ["--auto-compaction-mode", "x"],
        ["--logger", "x"],
        ["--log-outputs", "default,stderr"],
        ["--enable-log-rotation"],
        ["--enable-log-rotation", "--log-outputs", "/tmp/tenet-a.log,/tmp/tenet-b.log"],
        ["--enable-log-rotation", "--log-outputs", "/tmp/tenet-interop-none/a.log", "--log-rotation-config-json", "{"],
        ["--enable-log-rotation", "--log-outputs", "/tmp/tenet-interop-none/a.log", "--log-rotation-config-json", "{\"maxsize\":true}"],
        ["--log-outputs", "systemd/journal,stdout"],
        ["--experimental-enable-distributed-tracing", "--experimental-distributed-tracing-sampling-rate=-1"],
        ["--experimental-enable-distributed-tracing", "--experimental-distributed-tracing-sampling-rate=1000001"],
        ["--config-file", "/nowhere/at/all.yml"],
    ];

    private static readonly string[] Files =
    [
        "listen-peer-urls: foo\n",
        "listen-metrics-urls: foo\n",
        "initial-advertise-peer-urls: foo\n",
        "initial-cluster-state: x\n",
        "log-outputs: [default, stderr]\n",
        "name: x\nelection-timeout: 100\n",
        "heartbeat-interval: 0\n",
        """{"auto-compaction-mode": "never"}""",
        "initial-cluster: a=http://localhost:1\ndiscovery-srv: example.com\n",
        "listen-client-urls: http://example.com:1\n",
        "logger: x\n",
        "enable-log-rotation: true\n",
    ];

    [InteropFact]
    public async Task What_etcd_refuses_is_refused_in_its_words()
    {
        List<string> differences = [];
        foreach (string[] arguments in CommandLines)
            await CompareAsync(string.Join(' ', arguments), arguments, differences);
        using Scratch scratch = new();
        foreach (string text in Files)
        {
            await File.WriteAllTextAsync(scratch["file.yml"], text);
            await CompareAsync(text, ["--config-file", scratch["file.yml"]], differences);
        }
        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    [InteropFact]
    public async Task A_flag_and_its_variable_together_end_the_start()
    {
        List<string> said = [];
        foreach (ServerBinary binary in new[] { Binaries.NewEtcd, Binaries.Subject })
        {
            ToolResult ended = await Tool.RunAsync("env", ["ETCD_NAME=n", binary.FileName, .. binary.Prefix, "--name", "m"]);
            using JsonDocument line = JsonDocument.Parse(ended.Errors.Split('\n').Last(one => one.StartsWith('{')));
            said.Add($"{ended.ExitCode} {line.RootElement.GetProperty("level")} {line.RootElement.GetProperty("msg")} {line.RootElement.GetProperty("environment-variable")}");
        }
        Assert.Equal(said[0], said[1]);
    }

    private static async Task CompareAsync(string what, string[] arguments, List<string> differences)
    {
        string expected = await OutcomeAsync(Binaries.NewEtcd, arguments);
        string actual = await OutcomeAsync(Binaries.Subject, arguments);
        if (expected != actual)
            differences.Add($"{what}\n  etcd:  {expected}\n  tenet: {actual}");
    }

    /// <summary>Exit code, and the reason: the error field of the last log line, or the first line for people.</summary>
    private static async Task<string> OutcomeAsync(ServerBinary binary, string[] arguments)
    {
        ToolResult ended = await Tool.RunAsync(binary.FileName, [.. binary.Prefix, .. arguments]);
        string[] lines = ended.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string? logged = lines.LastOrDefault(line => line.StartsWith('{') && line.Contains("failed to verify flags", StringComparison.Ordinal));
        if (logged is null)
            return $"{ended.ExitCode} {lines.FirstOrDefault(line => !line.StartsWith('{')) ?? "(nothing)"}";
        using JsonDocument document = JsonDocument.Parse(logged);
        string error = document.RootElement.GetProperty("error").GetString()!;
        // 3.7 quotes a stray argument otherwise, has these flags without their prefix, and one flag where 3.5 has another.
        string as37 = error.Replace('\'', '"').Replace("--experimental-", "--", StringComparison.Ordinal).Replace("\"discovery\" or", "\"discovery-endpoints\" or", StringComparison.Ordinal);
        return $"{ended.ExitCode} {as37}";
    }
}

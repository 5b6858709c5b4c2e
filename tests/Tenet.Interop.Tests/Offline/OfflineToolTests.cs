using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Tenet.Interop.Tests.Processes;
using Tenet.Interop.Tests.Wire;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Interop.Tests.Offline;

/// <summary>tenetutl and etcdutl on the files of etcd and of Tenet.</summary>
public sealed class OfflineToolTests
{
    [InteropFact]
    public async Task A_snapshot_of_etcd_restored_by_tenetutl_starts_etcd_and_Tenet()
    {
        using Scratch scratch = new();
        string before;
        HashKVResponse hash;
        await using (ServerProcess source = await ServerProcess.StartAsync(Binaries.NewEtcd, scratch["source"]))
        {
            await FillAsync(source.Client);
            ToolResult saved = await Tool.RunAsync(Binaries.Etcdctl, ["--endpoints", source.Endpoint, "snapshot", "save", scratch["snapshot.db"]]);
            Assert.True(saved.ExitCode == 0, saved.Output + saved.Errors);
            before = await source.Client.SummaryAsync();
            hash = (await source.Client.HashKvAsync(0)).Value;
        }

        await StatusAgreesAsync(scratch["snapshot.db"], keys: 151);
        Assert.Equal($"{hash.Hash}, {hash.Header.Revision}, {hash.CompactRevision}\n", await Tenetutl.OutputAsync("hashkv", scratch["snapshot.db"]));
        Assert.Equal("OK\n", await Tenetutl.OutputAsync("bbolt", "check", scratch["snapshot.db"]));
        foreach (ServerBinary to in new[] { Binaries.NewEtcd, Binaries.OldEtcd, Binaries.Subject })
        {
            string target = scratch[$"target-{to.Name}"];
            await Tenetutl.OutputAsync(
                "snapshot", "restore", scratch["snapshot.db"], "--data-dir", target,
                "--initial-advertise-peer-urls", ServerProcess.PeerUrl, "--initial-cluster", $"default={ServerProcess.PeerUrl}");
            Assert.EndsWith("Sound: nothing was found.\n", await Tenetutl.OutputAsync("doctor", target), StringComparison.Ordinal);
            await using ServerProcess restored = await ServerProcess.StartAsync(to, target);
            Assert.Equal(before, await restored.Client.SummaryAsync());
            Assert.Equal(0, (await restored.Client.PutAsync("after", "restore")).Status);
        }
    }

    [InteropFact]
    [Trait("Run", "Long")]
    public async Task A_restore_by_etcdutl_is_sound_and_bumps_as_ours_does()
    {
        using Scratch scratch = new();
        await using (ServerProcess source = await ServerProcess.StartAsync(Binaries.Subject, scratch["source"]))
        {
            await FillAsync(source.Client);
            ToolResult saved = await Tool.RunAsync(Binaries.Etcdctl, ["--endpoints", source.Endpoint, "snapshot", "save", scratch["snapshot.db"]]);
            Assert.True(saved.ExitCode == 0, saved.Output + saved.Errors);
        }

        string[] flags =
        [
            "snapshot", "restore", scratch["snapshot.db"], "--bump-revision", "1000", "--mark-compacted",
            "--initial-advertise-peer-urls", ServerProcess.PeerUrl, "--initial-cluster", $"default={ServerProcess.PeerUrl}", "--data-dir",
        ];
        ToolResult restored = await Tool.RunAsync(Binaries.Etcdutl, [.. flags, scratch["theirs"]]);
        Assert.True(restored.ExitCode == 0, restored.Errors);
        await Tenetutl.OutputAsync([.. flags, scratch["ours"]]);

        // Nothing is told of either but the compaction that is due; the databases are the same to the byte of every record.
        foreach (string directory in new[] { "theirs", "ours" })
            Assert.Contains("was not finished", await Tenetutl.OutputAsync("doctor", scratch[directory]), StringComparison.Ordinal);
        string[] statuses = [await StatusAgreesAsync(Database(scratch["theirs"]), keys: 152), await StatusAgreesAsync(Database(scratch["ours"]), keys: 152)];
        Assert.Equal(statuses[0].Split(',')[0], statuses[1].Split(',')[0]);

        await using ServerProcess theirs = await ServerProcess.StartAsync(Binaries.Subject, scratch["theirs"]);
        await using ServerProcess ours = await ServerProcess.StartAsync(Binaries.Subject, scratch["ours"]);
        Assert.Equal(await theirs.Client.SummaryAsync(), await ours.Client.SummaryAsync());
    }

    [InteropFact]
    [Trait("Run", "Long")]
    public async Task A_database_defragmented_by_tenetutl_goes_on_in_etcd()
    {
        using Scratch scratch = new();
        string directory = scratch["member"];
        string before;
        await using (ServerProcess server = await ServerProcess.StartAsync(Binaries.NewEtcd, directory))
        {
            await FillAsync(server.Client);
            before = await server.Client.SummaryAsync();
            await server.StopAsync();
        }

        string status = await Tenetutl.OutputAsync("snapshot", "status", Database(directory));
        await Tenetutl.OutputAsync("defrag", "--data-dir", directory);
        await StatusAgreesAsync(Database(directory), keys: 151);
        Assert.Equal(status.Split(',')[0], (await Tenetutl.OutputAsync("snapshot", "status", Database(directory))).Split(',')[0]);
        Assert.Contains("\"findings\":[]", await Tenetutl.OutputAsync("doctor", directory, "-w", "json"), StringComparison.Ordinal);
        await using ServerProcess again = await ServerProcess.StartAsync(Binaries.NewEtcd, directory);
        Assert.Equal(before, await again.Client.SummaryAsync());
        Assert.Equal(0, (await again.Client.PutAsync("after", "defrag")).Status);
    }

    [InteropFact]
    public Task Doctor_finds_nothing_wrong_with_a_member_of_etcd_3_5_30_that_was_killed() => ExamineAsync(Binaries.NewEtcd, 0, []);

    [InteropFact]
    public Task Doctor_finds_the_members_that_etcd_3_5_16_leaves_out_of_date() => ExamineAsync(Binaries.OldEtcd, 1, ["members"]);

    private static async Task ExamineAsync(ServerBinary etcd, int exitCode, string[] checks)
    {
        using Scratch scratch = new();
        string directory = scratch["member"];
        await using (ServerProcess server = await ServerProcess.StartAsync(etcd, directory, "--snapshot-count", "100"))
        {
            await FillAsync(server.Client);

            // While it runs, doctor waits for nobody and nobody for it.
            string running = await Tenetutl.OutputAsync("doctor", directory);
            Assert.Contains("a member runs on this directory", running, StringComparison.Ordinal);
            Assert.Equal(0, (await server.Client.PutAsync("still", "writing")).Status);
            await server.KillAsync();
        }

        Dictionary<string, DateTime> times = Times(directory);
        ToolResult run = await Tenetutl.RunAsync("doctor", directory, "-w", "json");
        using JsonDocument report = JsonDocument.Parse(run.Output);
        string?[] found = [.. report.RootElement.GetProperty("findings").EnumerateArray()
            .Where(static finding => finding.GetProperty("severity").GetString() != "notice").Select(static finding => finding.GetProperty("check").GetString())];
        Assert.True(checks.SequenceEqual(found) && run.ExitCode == exitCode, run.Output);
        Assert.Equal(times, Times(directory));
        string dump = await Tenetutl.OutputAsync("wal", "dump", directory, "--entry-type", "compaction");
        Assert.EndsWith("  compaction revision:200 physical:true\n", dump, StringComparison.Ordinal);
    }

    /// <summary>Both tools say the same of a file, but for the count of keys, which means something else since 3.6.</summary>
    private static async Task<string> StatusAgreesAsync(string path, int keys)
    {
        string ours = await Tenetutl.OutputAsync("snapshot", "status", path);
        ToolResult theirs = await Tool.RunAsync(Binaries.Etcdutl, ["snapshot", "status", path]);
        string[] left = ours.TrimEnd('\n').Split(", ");
        string[] right = theirs.Output.TrimEnd('\n').Split(", ");
        Assert.Equal([right[0], right[1], keys.ToString(CultureInfo.InvariantCulture), right[3], ""], left);
        return ours;
    }

    private static string Database(string directory) => Path.Combine(directory, "member", "snap", "db");

    private static Dictionary<string, DateTime> Times(string directory) =>
        Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).ToDictionary(static path => path, File.GetLastWriteTimeUtc);

    private static async Task FillAsync(EtcdClient client)
    {
        await client.GrantAsync(42, 6000);
        for (int i = 0; i < 300; i++)
            Assert.Equal(0, (await client.PutAsync($"key{i % 150}", new string('x', i))).Status);
        await client.PutAsync(new() { Key = ByteString.CopyFromUtf8("leased"), Lease = 42 });
        Assert.Equal(0, (await client.CompactAsync(200)).Status);
    }
}

using Tenet.Foundation.Files.Simulation;
using Tenet.Utl.Tests.Support;

namespace Tenet.Utl.Tests;

/// <summary>Arguments, exit codes and output formats of the tool (contract/api.md, 10).</summary>
public sealed class CommandLineTests
{
    private static readonly string Database = SampleMember.Directory.Database;

    [Theory]
    [InlineData(128, "Error: snapshot status requires exactly one argument\n", "snapshot", "status")]
    [InlineData(1, "Error: stat nofile: no such file or directory\n", "snapshot", "status", "nofile")]
    [InlineData(128, "Error: snapshot restore requires exactly one argument\n", "snapshot", "restore")]
    [InlineData(128, "Error: --mark-compacted required if --revision-bump > 0\n", "snapshot", "restore", "f", "--bump-revision", "5")]
    [InlineData(128, "Error: --mark-compacted required if --revision-bump > 0\n", "snapshot", "restore", "f", "--mark-compacted")]
    [InlineData(1, "Error: Failed to defragment etcd data[/x] (stat /x/member/snap/db: no such file or directory)\n", "defrag", "--data-dir", "/x")]
    [InlineData(128, "Error: wrong target version format, expected \"X.Y\", got \"3\"\n", "migrate", "--data-dir", "/x", "--target-version", "3")]
    [InlineData(128, "Error: target version \"3.4\" not supported. Minimal \"3.5\"\n", "migrate", "--data-dir", "/x", "--target-version", "3.4")]
    [InlineData(1, "Error: stat /x/member/snap/db: no such file or directory\n", "migrate", "--data-dir", "/x", "--target-version", "3.6")]
    [InlineData(1, "Error: stat nofile: no such file or directory\n", "hashkv", "nofile")]
    [InlineData(128, "Error: stat /x: no such file or directory\n", "doctor", "/x")]
    [InlineData(1, "Error: no write-ahead log in /x\n", "wal", "dump", "/x")]
    public async Task A_mistake_is_told_with_its_exit_code(int exitCode, string errors, params string[] words)
    {
        ToolRun run = await ToolRun.Of(new SimFileSystem(), words);
        Assert.Equal((exitCode, errors, ""), (run.ExitCode, run.Errors, run.Output));
    }

    [Theory]
    [InlineData("Error: required flag(s) \"data-dir\" not set\nUsage:\n  tenetutl defrag [flags]\n", "defrag")]
    [InlineData("Error: accepts 1 arg(s), received 0\nUsage:\n  tenetutl hashkv <filename> [flags]\n", "hashkv")]
    [InlineData("Error: source database file \"/x\" doesn't exist\nUsage:\n  tenetutl bbolt check <bbolt-file> [flags]\n", "bbolt", "check", "/x")]
    [InlineData("Error: requires at least 3 arg(s), only received 1\nUsage:\n  tenetutl bbolt get PATH [BUCKET..] KEY [flags]\n", "bbolt", "get", "/x")]
    public async Task A_mistake_in_the_command_line_shows_the_usage(string begins, params string[] words)
    {
        ToolRun run = await ToolRun.Of(new SimFileSystem(), words);
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith(begins, run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_status_comes_in_every_format()
    {
        SimFileSystem files = SampleMember.Stopped();
        string simple = (await ToolRun.Of(files, "snap", "stat", Database)).Output;
        string hash = simple.Split(',')[0];
        Assert.Matches("^[0-9a-f]+, 103, 27, [0-9]+ kB, \n$", simple);
        string json = (await ToolRun.Of(files, "snapshot", "status", Database, "-w", "json")).Output;
        uint number = Convert.ToUInt32(hash, 16);
        Assert.StartsWith($"{{\"hash\":{number},\"revision\":103,\"totalKey\":27,\"totalSize\":", json, StringComparison.Ordinal);
        Assert.EndsWith(",\"version\":\"\"}\n", json, StringComparison.Ordinal);
        Assert.StartsWith($"\"Hash\" : {number}\n\"Revision\" : 103\n\"Keys\" : 27\n\"Size\" : ", (await ToolRun.Of(files, "snapshot", "status", Database, "-w", "fields")).Output, StringComparison.Ordinal);
        Assert.Contains("│ 103 │".Replace(" 103", "      103", StringComparison.Ordinal), (await ToolRun.Of(files, "snapshot", "status", Database, "-w", "table")).Output, StringComparison.Ordinal);
        ToolRun protobuf = await ToolRun.Of(files, "snapshot", "status", Database, "-w", "protobuf");
        Assert.Equal((4, "Error: protobuf not supported as output format\n"), (protobuf.ExitCode, protobuf.Errors));
        Assert.Equal((4, "Error: unsupported output format\n"), ((await ToolRun.Of(files, "snapshot", "status", Database, "-w", "x")) is var unknown ? (unknown.ExitCode, unknown.Errors) : default));
    }

    [Fact]
    public async Task A_hash_comes_in_every_format_and_changes_nothing()
    {
        SimFileSystem files = SampleMember.Stopped(static member => member.Compact(50));
        Dictionary<string, byte[]> before = files.Everything();
        string simple = (await ToolRun.Of(files, "hashkv", Database)).Output;
        string hash = simple.Split(',')[0];
        Assert.Equal($"{hash}, 103, 50\n", simple);
        Assert.Equal($"{{\"hash\":{hash},\"hashRevision\":103,\"compactRevision\":50}}\n", (await ToolRun.Of(files, "hashkv", Database, "-w", "json")).Output);
        Assert.Equal($"\"Hash\" : {hash}\n\"Hash revision\" : 103\n\"Compact revision\" : 50\n", (await ToolRun.Of(files, "hashkv", Database, "-w", "fields")).Output);
        Assert.NotEqual(simple, (await ToolRun.Of(files, "hashkv", Database, "--rev", "102")).Output);
        Assert.Equal("Error: mvcc: required revision has been compacted\n", (await ToolRun.Of(files, "hashkv", Database, "--rev", "49")).Errors);
        Assert.Equal("Error: mvcc: required revision is a future revision\n", (await ToolRun.Of(files, "hashkv", Database, "--rev", "104")).Errors);
        Assert.Equal(before, files.Everything());
    }

    [Fact]
    public async Task A_defragmentation_keeps_the_content_and_tells_sizes()
    {
        SimFileSystem files = SampleMember.Stopped(static member => member.Compact(100));
        string before = (await ToolRun.Of(files, "hashkv", Database)).Output;
        string status = (await ToolRun.Of(files, "snapshot", "status", Database)).Output.Split(',')[0];
        ToolRun run = await ToolRun.Of(files, "defrag", "--data-dir", SampleMember.Root);
        Assert.Equal((0, ""), (run.ExitCode, run.Output));
        Assert.Contains("\tinfo\ttenetutl\tdefragmenting\t{\"path\": \"/data/m.etcd/member/snap/db\", \"current-db-size-bytes\": ", run.Errors, StringComparison.Ordinal);
        Assert.Contains("\tfinished defragmenting directory\t", run.Errors, StringComparison.Ordinal);
        Assert.Equal(before, (await ToolRun.Of(files, "hashkv", Database)).Output);
        Assert.Equal(status, (await ToolRun.Of(files, "snapshot", "status", Database)).Output.Split(',')[0]);
        Assert.Empty(files.Examine().Findings);
    }

    [Fact]
    public async Task Doctor_tells_its_verdict_by_exit_code()
    {
        SimFileSystem files = SampleMember.Stopped();
        ToolRun sound = await ToolRun.Of(files, "doctor", SampleMember.Root);
        Assert.Equal((0, ""), (sound.ExitCode, sound.Errors));
        Assert.EndsWith("Sound: nothing was found.\n", sound.Output, StringComparison.Ordinal);
        files.DeleteFile(files.Segments()[1]);
        ToolRun damaged = await ToolRun.Of(files, "doctor", SampleMember.Root, "-w", "json");
        Assert.Equal(2, damaged.ExitCode);
        Assert.Contains("\"severity\":\"error\"", damaged.Output, StringComparison.Ordinal);
        Assert.Equal(4, (await ToolRun.Of(files, "doctor", SampleMember.Root, "-w", "table")).ExitCode);
    }

    [Fact]
    public async Task The_version_is_told() => Assert.Equal("tenetutl version: 3.7.1\nAPI version: 3.7\n", (await ToolRun.Of(new SimFileSystem(), "version")).Output);
}

using System.Net;
using System.Net.Sockets;
using System.Text;
using Tenet.Interop.Tests.Processes;
using Tenet.Interop.Tests.Wire;

namespace Tenet.Interop.Tests.Faults;

/// <summary>What stands in the way of a start: always a clear line and etcd's exit code, never a hang, never lost data.</summary>
public sealed class StartUpTests
{
    [InteropFact]
    public async Task Wrong_flags_end_with_etcds_words_and_exit_code()
    {
        (string[] Flags, string Says)[] cases =
        [
            (["--bogus"], "flag provided but not defined: -bogus"),
            (["-snapshot-count", "abc"], "invalid value \"abc\" for flag -snapshot-count: parse error"),
            (["--snapshot-count"], "flag needs an argument: -snapshot-count"),
            (["--pre-vote=maybe"], "invalid boolean value \"maybe\" for -pre-vote: parse error"),
            (["--=x"], "bad flag syntax: --=x"),
            (["--quota-backend-bytes=99999999999999999999"], "value out of range"),
            (["--initial-cluster-state=foo"], "invalid value \"foo\" for flag -initial-cluster-state: invalid value"),
            (["--backend-batch-interval=5"], "invalid value \"5\" for flag -backend-batch-interval: parse error"),
            (["--max-concurrent-streams=99999999999"], "strconv.ParseUint: parsing \"99999999999\": value out of range"),
            (["--listen-client-urls", "ftp://x"], "URL scheme must be http, https, unix, or unixs: ftp://x"),
            (["--listen-client-urls", "http://127.0.0.1:1/foo"], "URL must not contain a path: http://127.0.0.1:1/foo"),
            (["--listen-client-urls", "http://127.0.0.1"], "URL address does not have the form \"host:port\": http://127.0.0.1"),
            (["--listen-client-urls", "127.0.0.1:99"], "first path segment in URL cannot contain colon"),
            (["--listen-client-urls", "http://example.com:1"], "expected IP in URL for binding (http://example.com:1)"),
            (["--listen-client-urls", "http://127.0.0.1:99999"], "listen tcp: address 99999: invalid port"),
            (["--advertise-client-urls", "http://:3"], "unexpected empty host (http://:3)"),
            (["--heartbeat-interval", "0"], "--heartbeat-interval must be >0 (set to 0ms)"),
            (["--election-timeout", "100"], "--election-timeout[100ms] should be at least as 5 times as --heartbeat-interval[100ms]"),
            (["--election-timeout", "60000"], "--election-timeout[60000ms] is too long, and should be set less than 50000ms"),
            (["--auto-compaction-mode", "sometimes"], "unknown auto-compaction-mode \\\"sometimes\\\""),
            (["--auto-compaction-retention", "abc"], "error parsing CompactionRetention: time: invalid duration \\\"abc\\\""),
            (["--initial-cluster", "other=http://127.0.0.1:23800"], "couldn't find local name \\\"default\\\" in the initial cluster configuration"),
            (["--initial-cluster", "default=http://127.0.0.1:23801"], "--initial-cluster has default=http://127.0.0.1:23801 but missing from --initial-advertise-peer-urls=http://127.0.0.1:23800"),
            (["--initial-cluster", "default=foo"], "error setting up initial cluster: URL scheme must be http, https, unix, or unixs: foo"),
            (["stray"], "stray"),
        ];
        using Scratch scratch = new();
        StringBuilder differences = new();
        foreach ((string[] flags, string says) in cases)
        {
            ToolResult expected = await ServerProcess.StartAndFailAsync(Binaries.NewEtcd, scratch["etcd"], flags);
            ToolResult actual = await ServerProcess.StartAndFailAsync(Binaries.Subject, scratch["subject"], flags);
            Assert.Contains(says, expected.Errors);
            if (!actual.Errors.Contains(says, StringComparison.Ordinal) || actual.ExitCode != expected.ExitCode)
                differences.AppendLine($"{string.Join(' ', flags)}: wanted exit code {expected.ExitCode} and \"{says}\", got {actual.ExitCode} and\n{actual.Errors}");
        }
        Assert.True(differences.Length == 0, differences.ToString());
    }

    [InteropFact]
    public async Task A_port_in_use_is_named()
    {
        using Scratch scratch = new();
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        string[] flags = ["--listen-client-urls", $"http://127.0.0.1:{port}"];
        ToolResult expected = await ServerProcess.StartAndFailAsync(Binaries.NewEtcd, scratch["etcd"], flags);
        ToolResult actual = await ServerProcess.StartAndFailAsync(Binaries.Subject, scratch["subject"], flags);
        Assert.Equal(expected.ExitCode, actual.ExitCode);
        Assert.Contains("address already in use", expected.Errors);
        Assert.Contains("address already in use", actual.Errors);
        Assert.Contains($"127.0.0.1:{port}", actual.Errors);
    }

    [InteropFact]
    public async Task A_data_directory_that_is_a_file_is_refused()
    {
        using Scratch scratch = new();
        await File.WriteAllTextAsync(scratch["file"], "no directory");
        ToolResult expected = await ServerProcess.StartAndFailAsync(Binaries.NewEtcd, scratch["file"]);
        ToolResult actual = await ServerProcess.StartAndFailAsync(Binaries.Subject, scratch["file"]);
        Assert.Equal(expected.ExitCode, actual.ExitCode);
        Assert.Contains(scratch["file"], actual.Errors);
        Assert.Equal("no directory", await File.ReadAllTextAsync(scratch["file"]));
    }

    [InteropFact]
    public async Task A_data_directory_below_what_is_no_directory_is_refused()
    {
        using Scratch scratch = new();
        await File.WriteAllTextAsync(scratch["file"], "no directory");
        ToolResult actual = await ServerProcess.StartAndFailAsync(Binaries.Subject, Path.Combine(scratch["file"], "data"));
        Assert.Equal(1, actual.ExitCode);
        Assert.Contains(scratch["file"], actual.Errors);
    }

    /// <summary>Nobody may make or read directories there, whoever runs the test: permission bits would not stop a superuser.</summary>
    [InteropFact]
    public async Task A_data_directory_that_may_not_be_written_or_read_is_refused()
    {
        const string Forbidden = "/proc/tenet-data";
        ToolResult expected = await ServerProcess.StartAndFailAsync(Binaries.NewEtcd, Forbidden);
        ToolResult actual = await ServerProcess.StartAndFailAsync(Binaries.Subject, Forbidden);
        Assert.Equal(expected.ExitCode, actual.ExitCode);
        Assert.Contains(Forbidden, actual.Errors);
    }

    [InteropFact]
    [Trait("Run", "Long")]
    public async Task A_data_directory_that_another_process_holds_is_not_touched()
    {
        if (Binaries.Subject.IsEtcd)
            return; // etcd waits for the lock for ever; Tenet gives up with a line that names the file
        using Scratch scratch = new();
        await using ServerProcess holder = await ServerProcess.StartAsync(Binaries.NewEtcd, scratch["data"]);
        await holder.Client.PutAsync("k", "v");
        ToolResult refused = await ServerProcess.StartAndFailAsync(Binaries.Subject, scratch["data"]);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("lock", refused.Errors);
        Assert.Contains(scratch["data"], refused.Errors);
        Assert.Equal(0, (await holder.Client.PutAsync("k", "w")).Status);
    }

    [InteropFact]
    public async Task A_write_ahead_log_of_another_member_is_refused()
    {
        if (Binaries.Subject.IsEtcd)
            return; // etcd starts, and has lost the one log or the other
        using Scratch scratch = new();
        await using (ServerProcess one = await ServerProcess.StartAsync(Binaries.Subject, scratch["one"]))
            await FillAsync(one.Client, 50);
        await using (ServerProcess two = await ServerProcess.StartAsync(
            Binaries.Subject, scratch["two"], "--initial-cluster-token", "another", "--name", "other", "--initial-cluster", $"other={ServerProcess.PeerUrl}"))
            await FillAsync(two.Client, 5);
        Directory.Delete(Path.Combine(scratch["one"], "member", "wal"), recursive: true);
        await Scratch.CopyAsync(Path.Combine(scratch["two"], "member", "wal"), Path.Combine(scratch["one"], "member", "wal"));
        ToolResult refused = await ServerProcess.StartAndFailAsync(Binaries.Subject, scratch["one"]);
        Assert.NotEqual(0, refused.ExitCode);
    }

    [InteropFact]
    public async Task A_torn_last_record_of_the_log_is_repaired()
    {
        using Scratch scratch = new();
        string before = await FilledAsync(scratch["data"]);
        string segment = Segment(scratch["data"]);
        long end = EndOfRecords(segment);
        await using (FileStream file = new(segment, FileMode.Open, FileAccess.ReadWrite))
        {
            // A frame that promises 1,024 bytes, of which those up to the end of the disk sector got written: what a power cut leaves.
            file.Position = end;
            file.Write([0, 4, 0, 0, 0, 0, 0, 0]);
            while (file.Position % 512 != 0)
                file.WriteByte(0x0a);
        }
        await using ServerProcess server = await ServerProcess.StartAsync(Binaries.Subject, scratch["data"]);
        Assert.Equal(before, await server.Client.SummaryAsync());
        Assert.Equal(0, (await server.Client.PutAsync("after", "repair")).Status);
    }

    [InteropFact]
    public async Task A_flipped_bit_in_the_log_is_refused_with_file_and_offset()
    {
        using Scratch scratch = new();
        await FilledAsync(scratch["data"]);
        string segment = Segment(scratch["data"]);
        // In the middle of the log and within a record: no checksum covers the bytes that fill records up to a multiple of eight.
        await FlipAsync(segment, (await File.ReadAllBytesAsync(segment)).AsSpan().IndexOf("value 100"u8));
        ToolResult refused = await ServerProcess.StartAndFailAsync(Binaries.Subject, scratch["data"]);
        Assert.NotEqual(0, refused.ExitCode);
        if (Binaries.Subject.IsEtcd)
            return; // etcd says "crc mismatch" and no more
        Assert.Contains(Path.GetFileName(segment), refused.Errors);
        Assert.Matches("offset [0-9]+", refused.Errors);
    }

    [InteropFact]
    public async Task A_flipped_bit_in_either_meta_page_of_the_database_is_survived()
    {
        const int PageBytes = 4096;
        const int TransactionIdOffset = 16 + 48;
        foreach (int page in new[] { 0, 1 })
        {
            using Scratch scratch = new();
            string before = await FilledAsync(scratch["data"]);
            await FlipAsync(Path.Combine(scratch["data"], "member", "snap", "db"), page * PageBytes + TransactionIdOffset);
            await using ServerProcess server = await ServerProcess.StartAsync(Binaries.Subject, scratch["data"]);
            Assert.Equal(before, await server.Client.SummaryAsync());
        }
    }

    [InteropFact]
    public async Task A_missing_database_is_rebuilt_from_the_log_or_refused_but_never_served_empty()
    {
        using Scratch scratch = new();
        string before = await FilledAsync(scratch["data"]);
        await Scratch.CopyAsync(scratch["data"], scratch["copy"]);
        foreach (string directory in new[] { scratch["data"], scratch["copy"] })
            File.Delete(Path.Combine(directory, "member", "snap", "db"));
        await using ServerProcess etcd = await ServerProcess.StartAsync(Binaries.NewEtcd, scratch["copy"]);
        await using ServerProcess server = await ServerProcess.StartAsync(Binaries.Subject, scratch["data"]);
        Assert.Equal(before, await etcd.Client.SummaryAsync());
        Assert.Equal(before, await server.Client.SummaryAsync());
    }

    [InteropFact]
    public async Task A_missing_database_after_a_raft_snapshot_is_refused()
    {
        using Scratch scratch = new();
        await FilledAsync(scratch["data"], "--snapshot-count", "50");
        File.Delete(Path.Combine(scratch["data"], "member", "snap", "db"));
        await Scratch.CopyAsync(scratch["data"], scratch["copy"]);
        ToolResult etcd = await ServerProcess.StartAndFailAsync(Binaries.NewEtcd, scratch["copy"]);
        ToolResult refused = await ServerProcess.StartAndFailAsync(Binaries.Subject, scratch["data"]);
        Assert.NotEqual(0, etcd.ExitCode);
        Assert.NotEqual(0, refused.ExitCode);
    }

    [InteropFact]
    public async Task A_signal_ends_with_the_exit_code_of_the_signal_and_everything_on_disk()
    {
        using Scratch scratch = new();
        string before;
        await using (ServerProcess server = await ServerProcess.StartAsync(Binaries.Subject, scratch["data"]))
        {
            await FillAsync(server.Client, 100);
            before = await server.Client.SummaryAsync();
            Assert.Equal(128 + 15, await server.StopAsync());
            Assert.Contains("received signal; shutting down", server.Log);
            Assert.Contains("closed etcd server", server.Log);
        }
        await using ServerProcess again = await ServerProcess.StartAsync(Binaries.NewEtcd, scratch["data"]);
        Assert.Equal(before, await again.Client.SummaryAsync());
    }

    private static async Task<string> FilledAsync(string directory, params string[] flags)
    {
        await using ServerProcess server = await ServerProcess.StartAsync(Binaries.Subject, directory, flags);
        await FillAsync(server.Client, 200);
        string summary = await server.Client.SummaryAsync();
        await server.StopAsync();
        return summary;
    }

    private static async Task FillAsync(EtcdClient client, int puts)
    {
        for (int i = 0; i < puts; i++)
            Assert.Equal(0, (await client.PutAsync($"key{i % 20}", $"value {i}")).Status);
    }

    private static string Segment(string directory) => Directory.GetFiles(Path.Combine(directory, "member", "wal"), "*.wal").Order(StringComparer.Ordinal).Last();

    /// <summary>Where the zeros begin that a segment is filled up with: frames start at multiples of 8, and no frame has length 0.</summary>
    private static long EndOfRecords(string segment)
    {
        using FileStream file = File.OpenRead(segment);
        byte[] length = new byte[8];
        long at = 0;
        while (file.Length - at >= 8)
        {
            file.Position = at;
            file.ReadExactly(length);
            long word = BitConverter.ToInt64(length);
            if (word == 0)
                break;
            // The low 56 bits hold the length; if the top bit is set, the next three hold the padding.
            long padding = word < 0 ? (word >> 56) & 7 : 0;
            at += 8 + (word & 0x00ff_ffff_ffff_ffff) + padding;
        }
        return at;
    }

    private static async Task FlipAsync(string path, long offset)
    {
        await using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite);
        file.Position = offset;
        int value = file.ReadByte();
        file.Position = offset;
        file.WriteByte((byte)(value ^ 0x10));
    }
}

using Tenet.Client.Calls;
using Tenet.CommandLine;
using Tenet.Ctl.Checks;
using Tenet.Ctl.Connection;
using Tenet.Ctl.Keys;
using Tenet.Protocol.Errors;

namespace Tenet.Ctl.Tests;

public sealed class ArgumentTests
{
    [Theory]
    [InlineData(128, "put command needs 1 argument and input from stdin or 2 arguments", "put")]
    [InlineData(128, "put command needs 1 argument and input from stdin or 2 arguments", "put", "a")]
    [InlineData(128, "put command needs only 1 argument when 'ignore-value' is set", "put", "a", "b", "--ignore-value")]
    [InlineData(128, "bad lease ID (strconv.ParseInt: parsing \"zz\": invalid syntax), expecting ID in Hex", "put", "a", "b", "--lease", "zz")]
    [InlineData(128, "get command needs one argument as key and an optional argument as range_end", "get")]
    [InlineData(128, "`--keys-only` and `--count-only` cannot be set at the same time, choose one", "get", "a", "--keys-only", "--count-only")]
    [InlineData(128, "too many arguments, only accept one argument when `--prefix` or `--from-key` is set", "get", "a", "b", "--prefix")]
    [InlineData(4, "bad sort order up", "get", "a", "--order", "up")]
    [InlineData(4, "bad sort target size", "get", "a", "--sort-by", "size")]
    [InlineData(4, "unknown consistency flag \"x\"", "get", "a", "--consistency", "x")]
    [InlineData(4, "getMinCreateRev(=5) > getMaxCreateRev(=4)", "get", "a", "--min-create-rev", "5", "--max-create-rev", "4")]
    [InlineData(4, "getMinModRev(=5) > getMaxModRev(=4)", "get", "a", "--min-mod-rev", "5", "--max-mod-rev", "4")]
    [InlineData(4, "unsupported output format", "get", "a", "-w", "yaml")]
    [InlineData(128, "del command needs one argument as key and an optional argument as range_end", "del", "a", "b", "c")]
    [InlineData(128, "txn command does not accept argument", "txn", "a")]
    [InlineData(128, "compaction command needs 1 argument", "compaction")]
    [InlineData(1, "strconv.ParseInt: parsing \"x\": invalid syntax", "compaction", "x")]
    [InlineData(128, "lease grant command needs TTL argument", "lease", "grant")]
    [InlineData(128, "bad TTL (strconv.ParseInt: parsing \"x\": invalid syntax)", "lease", "grant", "x")]
    [InlineData(128, "bad lease ID arg (strconv.ParseInt: parsing \"xy\": invalid syntax), expecting ID in Hex", "lease", "revoke", "xy")]
    [InlineData(128, "lock takes a lock name argument and an optional command to execute", "lock")]
    [InlineData(128, "no proposal argument but -l not set", "elect", "e")]
    [InlineData(128, "proposal given but -l is set", "elect", "e", "p", "-l")]
    [InlineData(128, "make-mirror takes one destination argument", "make-mirror")]
    [InlineData(128, "`--dest-prefix` and `--no-dest-prefix` cannot be set at the same time, choose one", "make-mirror", "x", "--no-dest-prefix", "--dest-prefix", "y")]
    [InlineData(4, "unknown load option huge", "check", "perf", "--load", "huge")]
    [InlineData(128, "empty string is passed to --cert option", "get", "a", "--cert", "")]
    public async Task Wrong_arguments_have_etcdctls_error_and_exit_code(int exitCode, string error, params string[] words) =>
        Assert.Equal((exitCode, "", $"Error: {error}\n"), await Tool.RunAsync(words));

    [Fact]
    public async Task The_version_is_told_in_the_words_that_scripts_look_for() =>
        Assert.Equal((0, "etcdctl version: 3.7.1\nAPI version: 3.7\n", ""), await Tool.RunAsync("version", "-w", "json"));

    [Fact]
    public async Task Global_flags_are_listed_by_a_command_of_their_own()
    {
        (_, string help, _) = await Tool.RunAsync("get", "--help");
        Assert.DoesNotContain("--endpoints", help);
        Assert.EndsWith("Use \"tenetctl options\" for a list of global command-line options (applies to all commands).\n", help);
        (_, string options, _) = await Tool.RunAsync("options");
        Assert.Contains("      --endpoints strings            gRPC endpoints (default [127.0.0.1:2379])\n", options);
        Assert.Contains("  -w, --write-out string             set the output format (fields, json, protobuf, simple, table) (default \"simple\")\n", options);
    }

    [Theory]
    [InlineData(StatusCode.NotFound, "etcdserver: requested lease not found", "etcdserver: requested lease not found")]
    [InlineData(StatusCode.DeadlineExceeded, "anything", "context deadline exceeded")]
    [InlineData(StatusCode.Cancelled, "gone", "rpc error: code = Canceled desc = gone")]
    [InlineData(StatusCode.Unavailable, "refused", "rpc error: code = Unavailable desc = refused")]
    public void A_failed_call_is_told_in_etcdctls_words(StatusCode code, string message, string told) => Assert.Equal(told, CallErrors.Text(new CallException(code, message)));

    [Fact]
    public void The_end_of_a_prefix_of_the_greatest_bytes_is_the_end_of_all_keys()
    {
        Assert.Equal(new byte[] { 0 }, KeyRanges.PrefixEnd(Google.Protobuf.ByteString.CopyFrom(0xff, 0xff)).ToByteArray());
        Assert.Equal(new byte[] { 0x62 }, KeyRanges.PrefixEnd(Google.Protobuf.ByteString.CopyFrom(0x61, 0xff)).ToByteArray());
    }

    [Fact]
    public void A_performance_check_passes_or_says_why_not()
    {
        LoadStatistics good = new();
        LoadStatistics bad = new();
        for (int i = 0; i < 1400; i++)
            good.Add(TimeSpan.FromMilliseconds(10));
        bad.Add(TimeSpan.FromSeconds(0.1));
        bad.Add(TimeSpan.FromSeconds(0.7));
        bad.Add(new CallException(StatusCode.Unavailable, "etcdserver: no leader"));
        Assert.Equal((true, "PASS: Throughput is 141 writes/s\nPASS: Slowest request took 0.010000s\nPASS: Stddev is 0.000000s\nPASS\n"), Judged(good, 150));
        Assert.Equal(
            (false, "FAIL: too many errors\nFAIL: ERROR(etcdserver: no leader) -> 1\nFAIL: Throughput too low: 1 writes/s\nSlowest request took too long: 0.700000s\nStddev too high: 0.300000s\nFAIL\n"),
            Judged(bad, 150));
    }

    private static (bool Passed, string Text) Judged(LoadStatistics statistics, int limit)
    {
        using MemoryStream stream = new();
        OutputWriter output = new(stream);
        bool passed = CheckPerformanceCommand.Judge(statistics, limit, TimeSpan.FromSeconds(10), output);
        output.Flush();
        return (passed, System.Text.Encoding.UTF8.GetString(stream.ToArray()));
    }
}

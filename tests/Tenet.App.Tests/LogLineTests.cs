using System.Buffers;
using System.Text;
using Tenet.App.Logging;
using Tenet.Foundation.Logging;

namespace Tenet.App.Tests;

public sealed class LogLineTests
{
    private static readonly DateTimeOffset Time = new(2026, 11, 22, 6, 25, 39, TimeSpan.Zero);

    [Fact]
    public void A_json_line_has_etcds_keys_in_etcds_order() => Assert.Equal(
        """{"level":"info","ts":"2026-11-22T06:25:39.000000Z","logger":"raft","caller":"c/M","msg":"text","took":"232µs","n":3,"ok":true,"urls":["a","b"],"none":null,"error":"broken \"x\""}""" + "\n",
        Line(LogFormat.Json, Time, LogLevel.Info, "raft", [
            new("took", TimeSpan.FromTicks(2320)), new("n", 3), new("ok", true), new("urls", new[] { "a", "b" }), new("none", null),
            new("error", new IOException("broken \"x\"")),
        ]));

    [Fact]
    public void A_console_line_has_tabs() =>
        Assert.Equal("2026-11-22T06:25:39.000000Z\twarn\tc/M\ttext\t{\"a\":\"b\"}\n", Line(LogFormat.Console, Time, LogLevel.Warn, null, [new("a", "b")]));

    [Fact]
    public void Another_zone_is_written_without_a_colon() =>
        Assert.Contains("\"ts\":\"2026-11-22T08:25:39.000000+0200\"", Line(LogFormat.Json, Time.ToOffset(TimeSpan.FromHours(2)), LogLevel.Debug, null, []));

    [Fact]
    public void A_loud_line_is_thinned_out_and_another_is_not()
    {
        LogSampler sampler = new();
        int passed = 0;
        for (int i = 0; i < 350; i++)
            passed += sampler.Passes(1, LogLevel.Info, "loud") ? 1 : 0;
        Assert.Equal(102, passed);
        Assert.True(sampler.Passes(1, LogLevel.Info, "quiet"));
        Assert.True(sampler.Passes(2, LogLevel.Info, "loud"));
    }

    [Fact]
    public void Lines_below_the_level_are_dropped()
    {
        using MemoryStream output = new();
        using ProcessLog log = new(LogLevel.Warn, [(output, LogFormat.Json)], TimeProvider.System);
        log.Info("no");
        log.Warn("yes");
        string text = Encoding.UTF8.GetString(output.ToArray());
        Assert.Contains("\"msg\":\"yes\"", text);
        Assert.DoesNotContain("\"msg\":\"no\"", text);
        Assert.Contains("LogLineTests.Lines_below_the_level_are_dropped", text);
    }

    private static string Line(LogFormat format, DateTimeOffset time, LogLevel level, string? logger, LogField[] fields)
    {
        ArrayBufferWriter<byte> output = new();
        LogLine.Write(output, format, time, level, logger, "c/M", "text", fields);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}

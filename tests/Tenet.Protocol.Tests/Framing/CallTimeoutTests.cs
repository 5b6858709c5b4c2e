using Tenet.Protocol.Framing;

namespace Tenet.Protocol.Tests.Framing;

public class CallTimeoutTests
{
    [Theory]
    [InlineData("1n", 1)]
    [InlineData("100n", 1)]
    [InlineData("101n", 2)]
    [InlineData("0n", 0)]
    [InlineData("1u", 10)]
    [InlineData("1m", TimeSpan.TicksPerMillisecond)]
    [InlineData("0S", 0)]
    [InlineData("007S", 7 * TimeSpan.TicksPerSecond)]
    [InlineData("2M", 2 * TimeSpan.TicksPerMinute)]
    [InlineData("3H", 3 * TimeSpan.TicksPerHour)]
    [InlineData("99999999H", 99_999_999 * TimeSpan.TicksPerHour)]
    public void Every_unit_is_understood(string text, long ticks)
    {
        Assert.True(CallTimeout.TryParse(text, out TimeSpan timeout, out string error));
        Assert.Equal(ticks, timeout.Ticks);
        Assert.Equal("", error);
    }

    // As captured from etcd 3.5.30.
    [Theory]
    [InlineData("", "transport: timeout string is too short: \"\"")]
    [InlineData("1", "transport: timeout string is too short: \"1\"")]
    [InlineData("S", "transport: timeout string is too short: \"S\"")]
    [InlineData("1x", "transport: timeout unit is not recognized: \"1x\"")]
    [InlineData("123456789S", "transport: timeout string is too long: \"123456789S\"")]
    [InlineData("-1S", "strconv.ParseUint: parsing \"-1\": invalid syntax")]
    [InlineData("+1S", "strconv.ParseUint: parsing \"+1\": invalid syntax")]
    [InlineData("aS", "strconv.ParseUint: parsing \"a\": invalid syntax")]
    [InlineData("1 S", "strconv.ParseUint: parsing \"1 \": invalid syntax")]
    public void Malformed_values_are_refused_in_go_s_words(string text, string expected)
    {
        Assert.False(CallTimeout.TryParse(text, out _, out string error));
        Assert.Equal(expected, error);
    }
}

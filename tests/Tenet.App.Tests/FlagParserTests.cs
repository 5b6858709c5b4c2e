using Tenet.App.CommandLine;
using Tenet.Foundation.Logging;

namespace Tenet.App.Tests;

public sealed class FlagParserTests
{
    [Theory]
    [InlineData("-name", "x")]
    [InlineData("--name", "x")]
    [InlineData("--name=x")]
    [InlineData("-name=x")]
    [InlineData("--name", "y", "-name", "x")]
    public void One_dash_or_two_with_a_blank_or_an_equals_sign_and_the_last_one_wins(params string[] arguments)
    {
        FlagValues flags = Parsed(arguments);
        Assert.Equal("x", flags.Text("name"));
    }

    [Theory]
    [InlineData(true, "--pre-vote")]
    [InlineData(false, "--pre-vote=false")]
    [InlineData(false, "-pre-vote=F")]
    [InlineData(true, "--pre-vote=1")]
    [InlineData(true)]
    public void Switches_take_their_value_only_after_an_equals_sign(bool expected, params string[] arguments) =>
        Assert.Equal(expected, Parsed(arguments).Switch("pre-vote"));

    [Fact]
    public void A_switch_never_takes_the_next_argument()
    {
        ParsedArguments parsed = FlagParser.Parse(["--pre-vote", "false", "--name", "x"], new FlagValues());
        Assert.Null(parsed.Problem);
        Assert.Equal(["false", "--name", "x"], parsed.Rest);
    }

    [Fact]
    public void A_value_may_look_like_a_flag() => Assert.Equal("--name", Parsed("--data-dir", "--name").Text("data-dir"));

    [Fact]
    public void Two_dashes_end_the_flags() => Assert.Equal(["--name"], FlagParser.Parse(["--", "--name"], new FlagValues()).Rest);

    [Theory]
    [InlineData("flag provided but not defined: -bogus", "--bogus")]
    [InlineData("flag provided but not defined: -snapshot-cuont\n(did you mean --snapshot-count?)", "--snapshot-cuont", "1")]
    [InlineData("flag provided but not defined: -proxy-read-timeuot\n(did you mean --raft-read-timeout?)", "--proxy-read-timeuot")]
    [InlineData("flag needs an argument: -name", "--name")]
    [InlineData("bad flag syntax: --=x", "--=x")]
    [InlineData("bad flag syntax: ---x", "---x")]
    [InlineData("invalid boolean value \"maybe\" for -pre-vote: parse error", "--pre-vote=maybe")]
    [InlineData("invalid value \"-1\" for flag -heartbeat-interval: parse error", "--heartbeat-interval=-1")]
    [InlineData("invalid value \"99999999999999999999\" for flag -quota-backend-bytes: value out of range", "--quota-backend-bytes", "99999999999999999999")]
    [InlineData("invalid value \"x\" for flag -max-concurrent-streams: strconv.ParseUint: parsing \"x\": invalid syntax", "--max-concurrent-streams=x")]
    [InlineData("invalid value \"5\" for flag -backend-batch-interval: parse error", "--backend-batch-interval=5")]
    public void Malformed_arguments_are_refused_in_etcds_words(string problem, params string[] arguments) =>
        Assert.Equal(problem, FlagParser.Parse(arguments, new FlagValues()).Problem);

    [Theory]
    [InlineData("0x10", 16)]
    [InlineData("010", 8)]
    [InlineData("0b11", 3)]
    [InlineData("42", 42)]
    public void Numbers_may_have_a_base(string text, ulong expected) => Assert.Equal(expected, Parsed("--max-wals", text).Unsigned("max-wals"));

    [Theory]
    [InlineData("1h30m", 5400)]
    [InlineData("1.5s", 1.5)]
    [InlineData("100ms", 0.1)]
    [InlineData("250us", 0.00025)]
    [InlineData("-2m", -120)]
    [InlineData("0", 0)]
    public void Durations_are_read_as_Go_writes_them(string text, double seconds)
    {
        Assert.True(GoDurationReader.TryParse(text, out TimeSpan value, out _));
        Assert.Equal(seconds, value.TotalSeconds, 7);
    }

    [Theory]
    [InlineData("abc", "time: invalid duration \"abc\"")]
    [InlineData("5", "time: missing unit in duration \"5\"")]
    [InlineData("5d", "time: unknown unit \"d\" in duration \"5d\"")]
    [InlineData("", "time: invalid duration \"\"")]
    [InlineData("99999999999999h", "time: invalid duration \"99999999999999h\"")]
    public void What_is_no_duration_is_refused_in_Gos_words(string text, string expected)
    {
        Assert.False(GoDurationReader.TryParse(text, out _, out string error));
        Assert.Equal(expected, error);
    }

    [Fact]
    public void Every_default_is_a_value_that_its_flag_takes()
    {
        foreach (Flag flag in FlagTable.Groups.SelectMany(group => group.Flags))
        {
            string? problem = flag.Default.Length == 0 && flag.Kind == FlagKind.Text ? null : new FlagValues().Set(flag, flag.Default);
            Assert.True(problem is null, $"--{flag.Name}: {problem}");
        }
    }

    internal static FlagValues Parsed(params string[] arguments)
    {
        FlagValues flags = new();
        ParsedArguments parsed = FlagParser.Parse(arguments, flags);
        Assert.Null(parsed.Problem);
        Assert.Empty(parsed.Rest);
        return flags;
    }
}

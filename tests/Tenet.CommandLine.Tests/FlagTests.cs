namespace Tenet.CommandLine.Tests;

public sealed class FlagTests
{
    private readonly SampleTool _tool = new();

    [Theory]
    [InlineData("get", "k", "--write-out", "json")]
    [InlineData("get", "--write-out=json", "k")]
    [InlineData("-w", "json", "get", "k")]
    [InlineData("-wjson", "get", "k")]
    [InlineData("get", "-w=json", "k")]
    [InlineData("get", "-vw", "json", "k")]
    [InlineData("--verbose", "get", "k", "-vwjson")]
    public async Task A_flag_may_stand_anywhere_and_be_written_in_each_way(params string[] words)
    {
        Assert.Equal(new(0, "", ""), await ToolRun.OfAsync(_tool.Program, words));
        Assert.Equal("json", _tool.WriteOut.Value);
        Assert.Equal(["k"], _tool.Seen!.Arguments);
    }

    [Fact]
    public async Task Two_dashes_end_the_flags_and_their_place_is_known()
    {
        await ToolRun.OfAsync(_tool.Program, "get", "a", "--", "-b", "--limit=1");
        Assert.Equal(["a", "-b", "--limit=1"], _tool.Seen!.Arguments);
        Assert.Equal(1, _tool.Seen.ArgumentsBeforeDash);
        Assert.Equal(0, _tool.Limit.Value);
    }

    [Fact]
    public async Task A_switch_takes_a_value_only_after_an_equals_sign()
    {
        await ToolRun.OfAsync(_tool.Program, "get", "--verbose", "false");
        Assert.True(_tool.Verbose.Value);
        Assert.Equal(["false"], _tool.Seen!.Arguments);
        await ToolRun.OfAsync(_tool.Program, "get", "--verbose=f");
        Assert.False(_tool.Verbose.Value);
    }

    [Fact]
    public async Task A_list_loses_its_default_and_grows_with_each_use()
    {
        await ToolRun.OfAsync(_tool.Program, "get", "--names", "a,b", "--names=\"c,d\",e");
        Assert.Equal(["a", "b", "c,d", "e"], _tool.Names.Value);
        Assert.Equal("[a,b,\"c,d\",e]", _tool.Names.ValueText);
    }

    [Theory]
    [InlineData("unknown flag: --foo", "get", "--foo")]
    [InlineData("unknown shorthand flag: 'x' in -x", "get", "-x")]
    [InlineData("flag needs an argument: --limit", "get", "--limit")]
    [InlineData("flag needs an argument: 'w' in -w", "get", "-w")]
    [InlineData("bad flag syntax: ---x", "get", "---x")]
    [InlineData("invalid argument \"x\" for \"--limit\" flag: strconv.ParseInt: parsing \"x\": invalid syntax", "get", "--limit=x")]
    [InlineData("invalid argument \"99999999999999999999\" for \"--limit\" flag: strconv.ParseInt: parsing \"99999999999999999999\": value out of range", "get", "--limit=99999999999999999999")]
    [InlineData("invalid argument \"maybe\" for \"-v, --verbose\" flag: strconv.ParseBool: parsing \"maybe\": invalid syntax", "get", "--verbose=maybe")]
    [InlineData("invalid argument \"5\" for \"--wait\" flag: time: missing unit in duration \"5\"", "get", "--wait", "5")]
    [InlineData("invalid argument \"a\\\"b\" for \"--names\" flag: parse error on line 1, column 2: bare \" in non-quoted field", "get", "--names", "a\"b")]
    public async Task What_is_wrong_with_a_flag_is_told_with_the_usage(string error, params string[] words)
    {
        ToolRun run = await ToolRun.OfAsync(_tool.Program, words);
        Assert.Equal(1, run.ExitCode);
        Assert.Equal("", run.Out);
        Assert.StartsWith($"Error: {error}\nUsage:\n  tool get [options] <key> [flags]\n", run.Error);
        Assert.EndsWith($"\n\nagain: {error}\n", run.Error);
        Assert.Null(_tool.Seen);
    }

    [Fact]
    public void Variables_stand_for_flags_that_are_not_given()
    {
        FlagSet flags = new();
        Flag<TimeSpan> wait = flags.Duration("dial-timeout", TimeSpan.FromSeconds(2), "");
        Flag<long> limit = flags.Integer("limit", 7, "");
        Flag<string> user = flags.Text("user", "", "");
        Dictionary<string, string> variables = new()
        {
            ["TOOL_DIAL_TIMEOUT"] = "1m",
            ["TOOL_LIMIT"] = "not a number",
            ["TOOL_USER"] = "",
            ["TOOL_READ_ELSEWHERE"] = "x",
            ["TOOL_ODD"] = "1",
            ["OTHER"] = "1",
        };
        string log = Logged(warnings => EnvironmentFlags.Apply("TOOL", flags.All, variables, warnings, "TOOL_READ_ELSEWHERE"));
        Assert.Equal(TimeSpan.FromMinutes(1), wait.Value);
        Assert.True(wait.IsGiven);
        Assert.Equal(7, limit.Value);
        Assert.False(user.IsGiven);
        Assert.Contains("\"level\":\"warn\"", log);
        Assert.Contains("\"msg\":\"unrecognized environment variable\",\"environment-variable\":\"TOOL_ODD=1\"}", log);
        Assert.DoesNotContain("OTHER", log.Replace("TOOL_READ_ELSEWHERE", "", StringComparison.Ordinal));
        Assert.DoesNotContain("TOOL_READ_ELSEWHERE", log);
    }

    [Fact]
    public void A_flag_and_its_variable_together_end_the_tool()
    {
        FlagSet flags = new();
        flags.Text("user", "", "").Set("a");
        SilentExitException? exit = null;
        string log = Logged(warnings => exit = Assert.Throws<SilentExitException>(
            () => EnvironmentFlags.Apply("TOOL", flags.All, new Dictionary<string, string> { ["TOOL_USER"] = "b" }, warnings)));
        Assert.Equal(1, exit!.ExitCode);
        Assert.Contains("conflicting environment variable is shadowed by corresponding command-line flag", log);
    }

    private static string Logged(Action<WarningLog> act)
    {
        using MemoryStream stream = new();
        act(new(new OutputWriter(stream)));
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }
}

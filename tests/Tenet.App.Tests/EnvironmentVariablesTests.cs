using Tenet.App.CommandLine;

namespace Tenet.App.Tests;

public sealed class EnvironmentVariablesTests
{
    [Fact]
    public void A_variable_sets_the_flag_of_its_name()
    {
        FlagValues flags = new();
        CollectedLog log = new();
        Assert.Null(EnvironmentVariables.Apply(new Dictionary<string, string> { ["ETCD_NAME"] = "n", ["ETCD_SNAPSHOT_COUNT"] = "5", ["ETCD_DATA_DIR"] = "", ["PATH"] = "p" }, flags, log));
        Assert.Equal("n", flags.Text("name"));
        Assert.Equal(5ul, flags.Unsigned("snapshot-count"));
        Assert.False(flags.IsGiven("data-dir"));
        Assert.Contains("info recognized and used environment variable variable-name=ETCD_NAME variable-value=n", log.Lines);
    }

    [Fact]
    public void A_flag_and_its_variable_together_are_refused()
    {
        CollectedLog log = new();
        Assert.NotNull(EnvironmentVariables.Apply(new Dictionary<string, string> { ["ETCD_NAME"] = "n" }, FlagParserTests.Parsed("--name", "m"), log));
        Assert.StartsWith("fatal conflicting environment variable is shadowed by corresponding command-line flag", Assert.Single(log.Lines));
    }

    [Fact]
    public void A_malformed_variable_is_refused() => Assert.Equal(
        "invalid value \"abc\" for ETCD_SNAPSHOT_COUNT: parse error",
        EnvironmentVariables.Apply(new Dictionary<string, string> { ["ETCD_SNAPSHOT_COUNT"] = "abc" }, new FlagValues(), new CollectedLog()));

    [Fact]
    public void An_unknown_variable_is_only_mentioned()
    {
        CollectedLog log = new();
        Assert.Null(EnvironmentVariables.Apply(new Dictionary<string, string> { ["ETCD_FOO"] = "1" }, new FlagValues(), log));
        Assert.Equal("warn unrecognized environment variable environment-variable=ETCD_FOO=1", Assert.Single(log.Lines));
    }
}

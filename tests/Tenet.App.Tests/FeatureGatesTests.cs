using Tenet.App.CommandLine;
using Tenet.Hosting;

namespace Tenet.App.Tests;

public sealed class FeatureGatesTests
{
    [Fact]
    public void A_stage_switches_what_is_not_named_itself()
    {
        IReadOnlyDictionary<string, FeatureGate> gates = Read("--feature-gates", "AllAlpha=true,CompactHashCheck=false,AllBeta=false");
        Assert.True(gates["LeaseCheckpoint"].Enabled);
        Assert.False(gates["CompactHashCheck"].Enabled);
        Assert.False(gates["FastLeaseKeepAlive"].Enabled);
        Assert.Equal(new FeatureGate("LeaseCheckpointPersist", "ALPHA", true), gates["LeaseCheckpointPersist"]);
    }

    [Fact]
    public void The_switches_of_etcd_3_5_set_their_gates()
    {
        Assert.True(Read("--experimental-enable-lease-checkpoint")["LeaseCheckpoint"].Enabled);
        Assert.False(Read("--experimental-initial-corrupt-check=false")["InitialCorruptCheck"].Enabled);
        Assert.True(Read("--experimental-compact-hash-check-enabled", "--feature-gates=CompactHashCheck=true")["CompactHashCheck"].Enabled);
    }

    [Theory]
    [InlineData("unrecognized feature gate: LeaseCheckpiont (did you mean LeaseCheckpoint?)", "--feature-gates=LeaseCheckpiont=true")]
    [InlineData("unrecognized feature gate: Zzzzzzzzz", "--feature-gates=Zzzzzzzzz=true")]
    [InlineData("missing bool value for LeaseCheckpoint", "--feature-gates=LeaseCheckpoint")]
    [InlineData("invalid value of LeaseCheckpoint=maybe, err: strconv.ParseBool: parsing \"maybe\": invalid syntax", "--feature-gates=LeaseCheckpoint=maybe")]
    [InlineData("--experimental-initial-corrupt-check and feature gate InitialCorruptCheck contradict each other", "--experimental-initial-corrupt-check", "--feature-gates=InitialCorruptCheck=false")]
    public void What_is_no_gate_is_refused(string problem, params string[] arguments) =>
        Assert.Equal(problem, Assert.Throws<FlagsRefusedException>(() => Read(arguments)).Message);

    private static IReadOnlyDictionary<string, FeatureGate> Read(params string[] arguments) => FeatureGates.Read(FlagParserTests.Parsed(arguments));
}

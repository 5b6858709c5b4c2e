using System.Globalization;

namespace Tenet.Simulation.Tests;

/// <summary>Whole clusters from seeds: they pass, and every run of a seed is the same run. The first class runs its half beside the second.</summary>
public sealed class SeedTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(18)]
    [InlineData(36)]
    public void The_same_seed_gives_the_same_trace_twice(int seed)
    {
        RunResult first = Runner.Run((ulong)seed);
        RunResult second = Runner.Run((ulong)seed);

        Assert.Equal(first.Hash.ToString("x16", CultureInfo.InvariantCulture), second.Hash.ToString("x16", CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Histories_with_odd_seeds_keep_every_promise() => SeedRange.RequireFirstToPass(1);

    [Fact]
    [Trait("Run", "Long")]
    public void Histories_with_more_odd_seeds_keep_every_promise() => SeedRange.RequireOthersToPass(1);
}

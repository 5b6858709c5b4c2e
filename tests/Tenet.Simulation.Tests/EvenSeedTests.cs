namespace Tenet.Simulation.Tests;

/// <summary>The other half of the histories, on the other core.</summary>
public sealed class EvenSeedTests
{
    [Fact]
    public void Histories_with_even_seeds_keep_every_promise() => SeedRange.RequireFirstToPass(2);

    [Fact]
    [Trait("Run", "Long")]
    public void Histories_with_more_even_seeds_keep_every_promise() => SeedRange.RequireOthersToPass(2);
}

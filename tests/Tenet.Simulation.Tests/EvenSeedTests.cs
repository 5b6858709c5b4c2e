namespace Tenet.Simulation.Tests;

/// <summary>The other half of the histories, on the other core.</summary>
public sealed class EvenSeedTests
{
    [Fact]
    public void Histories_with_even_seeds_keep_every_promise() => SeedRange.RequireAllPass(2);
}

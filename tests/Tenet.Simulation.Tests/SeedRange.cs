namespace Tenet.Simulation.Tests;

/// <summary>The seeds that every test run goes through.</summary>
internal static class SeedRange
{
    private const ulong Last = 300;

    /// <summary>Runs every second seed from the first on; a failure says which seed, its faults and its last events.</summary>
    public static void RequireAllPass(ulong first)
    {
        for (ulong seed = first; seed <= Last; seed += 2)
        {
            RunResult result = Runner.Run(seed);
            Assert.True(result.Failure is null, result.Report);
        }
    }
}

namespace Tenet.Simulation.Tests;

/// <summary>The seeds that test runs go through: some of them always, the others where there is time.</summary>
internal static class SeedRange
{
    private const ulong Often = 40;
    private const ulong Last = 300;

    public static void RequireFirstToPass(ulong first) => RequireToPass(first, Often);

    public static void RequireOthersToPass(ulong first) => RequireToPass(first + Often, Last);

    /// <summary>Runs every second seed; a failure says which seed, its faults and its last events.</summary>
    private static void RequireToPass(ulong first, ulong last)
    {
        for (ulong seed = first; seed <= last; seed += 2)
        {
            RunResult result = Runner.Run(seed);
            Assert.True(result.Failure is null, result.Report);
        }
    }
}

// A case is held to what the whole process allocates meanwhile.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Tenet.Fuzz.Tests;

/// <summary>A fixed number of cases of every target. More of them: <c>./dev fuzz</c>.</summary>
public class FuzzTests
{
    public static TheoryData<string> Targets { get; } = [.. FuzzTargets.All.Keys];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Nothing_crashes_hangs_or_grows_without_bound(string name)
    {
        using FuzzTarget target = FuzzTargets.All[name]();
        Assert.Null(new FuzzRun(name, seed: 1).Run(0, (ulong)target.CasesInTests));
    }
}

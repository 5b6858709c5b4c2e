using Tenet.Simulation.Checking;
using Tenet.Simulation.Planted;

namespace Tenet.Simulation.Tests.Planted;

/// <summary>The checkers bite: each bug that is put in on purpose is found, by the checker whose business it is.</summary>
public sealed class PlantedBugTests
{
    [Theory]
    [InlineData(nameof(AcknowledgedBeforeSync))]
    [InlineData(nameof(UnsyncedVote))]
    [InlineData(nameof(AppliedOutOfOrder))]
    [InlineData(nameof(LostTombstone))]
    [InlineData(nameof(IndexApartFromData))]
    [InlineData(nameof(WatchGapAfterCatchUp))]
    [InlineData(nameof(LeaseRevokedByDeposedLeader))]
    [InlineData(nameof(LeasesThatNeverEnd))]
    [InlineData(nameof(ReadWithoutRound))]
    [InlineData(nameof(DoubledProposal))]
    public void A_planted_bug_is_found_by_the_checker_whose_business_it_is(string name)
    {
        const ulong seeds = 60;
        (Func<PlantedBug> plant, string checker) = PlantedBugs.All[name];
        var others = new List<string>();
        for (ulong seed = 1; seed <= seeds; seed++)
        {
            Exception? failure = Runner.Run(seed, planted: plant).Failure;
            if (failure is CheckFailedException { Violation: { } violation } && violation.Checker == checker)
                return;
            if (failure is not null)
                others.Add($"seed {seed}: {failure.Message}");
        }

        Assert.Fail($"none of {seeds} seeds lets {checker} find it; found otherwise: {string.Join('\n', others)}");
    }
}

using Tenet.Simulation.Checking;
using Tenet.Simulation.Planted;

namespace Tenet.Simulation.Tests.Planted;

/// <summary>The checkers bite: each bug that is put in on purpose is found, by the checker whose business it is.</summary>
public sealed class PlantedBugTests
{
    // The same seed is another world whenever anything in it draws one number more: no seed finds a bug for ever.
    private const ulong SeedsMax = 40;

    /// <param name="name">The bug.</param>
    /// <param name="first">A seed that was seen to find it within a second; the following ones are tried too.</param>
    [Theory]
    [InlineData(nameof(AcknowledgedBeforeSync), 13UL)]
    [InlineData(nameof(UnsyncedVote), 46UL)]
    [InlineData(nameof(AppliedOutOfOrder), 6UL)]
    [InlineData(nameof(LostTombstone), 6UL)]
    [InlineData(nameof(IndexApartFromData), 14UL)]
    [InlineData(nameof(WatchGapAfterCatchUp), 12UL)]
    [InlineData(nameof(LeaseRevokedByDeposedLeader), 26UL)]
    [InlineData(nameof(LeasesThatNeverEnd), 6UL)]
    [InlineData(nameof(ReadWithoutRound), 7UL)]
    [InlineData(nameof(DoubledProposal), 6UL)]
    public void A_planted_bug_is_found_by_the_checker_whose_business_it_is(string name, ulong first)
    {
        (Func<PlantedBug> plant, string checker) = PlantedBugs.All[name];
        var others = new List<string>();
        for (ulong seed = first; seed < first + SeedsMax; seed++)
        {
            Exception? failure = Runner.Run(seed, planted: plant).Failure;
            if (failure is CheckFailedException { Violation: { } violation } && violation.Checker == checker)
                return;
            if (failure is not null)
                others.Add($"seed {seed}: {failure.Message}");
        }

        Assert.Fail($"none of {SeedsMax} seeds lets {checker} find it; found otherwise: {string.Join('\n', others)}");
    }
}

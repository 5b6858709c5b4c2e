using Tenet.Simulation.Checking;

namespace Tenet.Simulation.Planted;

/// <summary>All planted bugs by name, each with the checker that must find it.</summary>
internal static class PlantedBugs
{
    public static IReadOnlyDictionary<string, (Func<PlantedBug> Plant, string Checker)> All { get; } =
        new SortedDictionary<string, (Func<PlantedBug> Plant, string Checker)>(StringComparer.Ordinal)
        {
            [nameof(AcknowledgedBeforeSync)] = (static () => new AcknowledgedBeforeSync(), CheckerNames.KeptPromises),
            [nameof(UnsyncedVote)] = (static () => new UnsyncedVote(), CheckerNames.KeptPromises),
            [nameof(AppliedOutOfOrder)] = (static () => new AppliedOutOfOrder(), CheckerNames.StateMachineSafety),
            [nameof(LostTombstone)] = (static () => new LostTombstone(), CheckerNames.EqualState),
            [nameof(IndexApartFromData)] = (static () => new IndexApartFromData(), CheckerNames.Disk),
            [nameof(WatchGapAfterCatchUp)] = (static () => new WatchGapAfterCatchUp(), CheckerNames.Watch),
            [nameof(LeaseRevokedByDeposedLeader)] = (static () => new LeaseRevokedByDeposedLeader(), CheckerNames.Leases),
            [nameof(LeasesThatNeverEnd)] = (static () => new LeasesThatNeverEnd(), CheckerNames.Leases),
            [nameof(ReadWithoutRound)] = (static () => new ReadWithoutRound(), CheckerNames.Linearizability),
            [nameof(DoubledProposal)] = (static () => new DoubledProposal(), CheckerNames.Linearizability),
        };
}

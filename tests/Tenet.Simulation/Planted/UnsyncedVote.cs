using Tenet.Server;

namespace Tenet.Simulation.Planted;

/// <summary>A hard state without entries, which is what a vote is, is written and not synced.</summary>
internal sealed class UnsyncedVote : PlantedBug
{
    public override MemberSeams Decorate(MemberSeams seams) =>
        seams with { Files = new WalSyncFilter(seams.Files, static (entries, states) => states && !entries) };
}

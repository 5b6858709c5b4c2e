using Tenet.Server;

namespace Tenet.Simulation.Planted;

/// <summary>Entries count as durable as soon as they are written: the sync is left out.</summary>
internal sealed class AcknowledgedBeforeSync : PlantedBug
{
    public override MemberSeams Decorate(MemberSeams seams) =>
        seams with { Files = new WalSyncFilter(seams.Files, static (entries, _) => entries) };
}

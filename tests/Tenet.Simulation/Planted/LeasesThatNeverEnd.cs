using Tenet.Server;
using Tenet.Server.Loops;

namespace Tenet.Simulation.Planted;

/// <summary>No leader ever counts the time of leases.</summary>
internal sealed class LeasesThatNeverEnd : PlantedBug
{
    public override void AfterTurn(Member member, ITurn turn) => member.Engine.Core.Lessor.Demote();
}

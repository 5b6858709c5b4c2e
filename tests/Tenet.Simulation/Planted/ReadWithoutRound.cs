using Tenet.Server;
using Tenet.Server.Loops;

namespace Tenet.Simulation.Planted;

/// <summary>Every member takes itself for one that leads alone, and answers linearizable reads without asking anybody.</summary>
internal sealed class ReadWithoutRound : PlantedBug
{
    public override void AfterTurn(Member member, ITurn turn) => member.Engine.Core.State.LeadsAlone = true;
}

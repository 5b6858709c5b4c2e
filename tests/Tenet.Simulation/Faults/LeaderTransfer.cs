using Tenet.Foundation.Randomness;
using Tenet.Simulation.Worlds;

namespace Tenet.Simulation.Faults;

/// <summary>An operator moves the leadership.</summary>
internal sealed class LeaderTransfer(World world, SeededRandom random) : Fault(world, random, FaultKind.LeaderTransfer, TimeSpan.FromSeconds(3))
{
    protected override void Strike()
    {
        if (Leader() is not { } leader || Pick(member => member.MemberId != 0 && member != leader) is not { } next)
            return;
        Tell(leader, $"hands over to {next.Name}");
        World.Operator.Do(
            leader,
            async (member, call) => await member.Engine.Leadership.MoveAsync(next.MemberId, call.Cancellation) is { } refusal ? throw refusal.ToException() : "moved");
    }
}

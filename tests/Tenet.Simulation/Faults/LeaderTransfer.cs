using Tenet.Foundation.Randomness;
using Tenet.Simulation.Worlds;

namespace Tenet.Simulation.Faults;

/// <summary>An operator moves the leadership.</summary>
internal sealed class LeaderTransfer(World world, SeededRandom random) : Fault(world, random, FaultKind.LeaderTransfer, TimeSpan.FromSeconds(3))
{
    protected override void Strike()
    {
        if (Leader() is { } leader && Pick(member => member.IsRunning && member != leader) is { } next)
            Tell(leader, $"hands over to {next.Name}");
    }
}

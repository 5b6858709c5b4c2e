using Tenet.Foundation.Randomness;
using Tenet.Simulation.Worlds;

namespace Tenet.Simulation.Faults;

/// <summary>A process stands still while the world and its clock go on.</summary>
internal sealed class Pause(World world, SeededRandom random) : Fault(world, random, FaultKind.Pause, TimeSpan.FromSeconds(5))
{
    protected override void Strike()
    {
        SimMember? member = Random.Chance(0.5) ? Leader() : PickRunning();
        if (member is null)
            return;
        member.Pause();
        Later(TimeSpan.FromSeconds(0.05), TimeSpan.FromSeconds(7), member.Resume);
    }
}

using Tenet.Foundation.Randomness;
using Tenet.Simulation.Worlds;

namespace Tenet.Simulation.Faults;

/// <summary>A machine is busy: now and then one of the member's threads waits for a processor.</summary>
internal sealed class SlowLoops(World world, SeededRandom random) : Fault(world, random, FaultKind.SlowLoops, TimeSpan.FromSeconds(4))
{
    protected override void Strike()
    {
        if (PickRunning() is not { } member)
            return;
        Tell(member, "is busy");
        member.SlowTurns = 0.2 * Random.NextDouble();
        Later(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(6), () => member.SlowTurns = 0);
    }
}

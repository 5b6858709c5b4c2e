using Tenet.Foundation.Randomness;
using Tenet.Simulation.Worlds;

namespace Tenet.Simulation.Faults;

/// <summary>A sync fails once: the member stops itself, as nobody knows what the disk holds now.</summary>
internal sealed class FailedSync(World world, SeededRandom random) : Fault(world, random, FaultKind.FailedSync, TimeSpan.FromSeconds(8))
{
    protected override void Strike()
    {
        if (PickRunning() is not { } member)
            return;
        Tell(member, "the next sync fails");
        member.Process!.Disk.FailNextSync = true;
    }
}

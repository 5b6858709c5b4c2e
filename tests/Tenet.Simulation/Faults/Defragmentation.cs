using Tenet.Foundation.Randomness;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Simulation.Worlds;

namespace Tenet.Simulation.Faults;

/// <summary>An operator defragments a member.</summary>
internal sealed class Defragmentation(World world, SeededRandom random) : Fault(world, random, FaultKind.Defragment, TimeSpan.FromSeconds(3))
{
    protected override void Strike()
    {
        if (PickRunning() is not { } member)
            return;
        Tell(member, "defragments");
        World.Operator.Do(member, static (target, call) => target.Maintenance.Defragment(new DefragmentRequest(), call).AsTask());
    }
}

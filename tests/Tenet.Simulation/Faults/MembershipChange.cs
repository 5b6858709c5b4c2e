using Tenet.Foundation.Randomness;
using Tenet.Simulation.Worlds;

namespace Tenet.Simulation.Faults;

/// <summary>An operator replaces members.</summary>
internal sealed class MembershipChange(World world, SeededRandom random) : Fault(world, random, FaultKind.MembershipChange, TimeSpan.FromSeconds(5))
{
    protected override void Strike()
    {
    }
}

using Tenet.Foundation.Randomness;
using Tenet.Simulation.Worlds;

namespace Tenet.Simulation.Faults;

/// <summary>Some machines do not reach others for a while: two halves, one direction only, or the leader alone.</summary>
internal sealed class Partition(World world, SeededRandom random, FaultKind kind) : Fault(world, random, kind, TimeSpan.FromSeconds(6))
{
    protected override void Strike()
    {
        var one = new List<SimMember>();
        if (Kind == FaultKind.IsolateLeader)
        {
            if (Leader() is { } leader)
                one.Add(leader);
        }
        else
        {
            one.AddRange(World.Members.Where(_ => Random.Chance(0.4)));
        }

        Tell(null, $"{Kind}: {string.Join(' ', one.Select(static member => member.Name))}");
        foreach (SimMember inside in one)
        {
            foreach (SimMember outside in World.Members.Except(one))
            {
                World.Network.Cut(inside, outside);
                if (Kind != FaultKind.OneWayPartition)
                    World.Network.Cut(outside, inside);
            }
        }

        Later(TimeSpan.FromSeconds(0.2), TimeSpan.FromSeconds(8), () =>
        {
            Tell(null, "the network is whole");
            World.Network.HealAll();
        });
    }
}

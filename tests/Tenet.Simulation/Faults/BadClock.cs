using Tenet.Foundation.Randomness;
using Tenet.Simulation.Worlds;

namespace Tenet.Simulation.Faults;

/// <summary>A wall clock jumps, or a machine's clocks run fast or slow.</summary>
internal sealed class BadClock(World world, SeededRandom random, FaultKind kind) : Fault(world, random, kind, TimeSpan.FromSeconds(4))
{
    protected override void Strike()
    {
        SimMember member = World.Members[Random.Next(World.Members.Count)];
        if (Kind == FaultKind.ClockJump)
        {
            member.Clock.WallOffset = BetweenSeconds(-3600, 3600);
            Tell(member, $"wall clock jumps to {member.Clock.WallOffset}");
        }
        else
        {
            member.Clock.DriftPerMillion = Random.Next((int)-World.DriftMaxPerMillion, (int)World.DriftMaxPerMillion);
            Tell(member, $"clock drifts by {member.Clock.DriftPerMillion} millionths");
        }
    }

    protected override void TakeBack()
    {
        foreach (SimMember member in World.Members)
            member.Clock.DriftPerMillion = 0;
    }
}

using Tenet.Foundation.Randomness;
using Tenet.Simulation.Worlds;

namespace Tenet.Simulation.Faults;

/// <summary>A member ends and comes back: its machine loses power, at any moment or in the midst of writing, its process is killed, or it is stopped.</summary>
internal sealed class Outage(World world, SeededRandom random, FaultKind kind) : Fault(world, random, kind, TimeSpan.FromSeconds(5))
{
    protected override void Strike()
    {
        if (Kind == FaultKind.PowerCutOfAll)
        {
            foreach (SimMember each in World.Members.Where(static member => member.Process is not null).ToArray())
                Cut(each);
            return;
        }

        SimMember? member = Random.Chance(0.4) ? Leader() : PickRunning();
        if (member is null)
            return;
        switch (Kind)
        {
            case FaultKind.PowerCut:
                Cut(member);
                break;
            case FaultKind.PowerCutInWrite:
                Tell(member, "will lose power while it writes");
                member.Process!.Disk.PowerCutIn = Random.Next(1, 40);
                member.Process.OnEnd(() => World.FaultMix.StartLater(member));
                break;
            case FaultKind.Kill:
                member.Kill();
                World.FaultMix.StartLater(member);
                break;
            default:
                member.Process!.OnEnd(() => World.FaultMix.StartLater(member));
                member.Stop();
                break;
        }
    }

    private void Cut(SimMember member)
    {
        member.CutPower();
        World.FaultMix.StartLater(member);
    }
}

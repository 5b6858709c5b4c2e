using Tenet.Foundation.Randomness;
using Tenet.Simulation.Worlds;

namespace Tenet.Simulation.Faults;

/// <summary>A disk takes long for a while, or does not answer at all.</summary>
internal sealed class SlowDisk(World world, SeededRandom random, FaultKind kind) : Fault(world, random, kind, TimeSpan.FromSeconds(6))
{
    protected override void Strike()
    {
        SimMember? member = Random.Chance(0.5) ? Leader() : PickRunning();
        if (member is null)
            return;
        TimeSpan longest = Kind == FaultKind.StalledDisk ? BetweenSeconds(2, 12) : BetweenSeconds(0.02, 0.6);
        Tell(member, $"disk takes {longest.TotalSeconds:F2} s");
        member.DiskTimeMin = longest.Ticks / 3;
        member.DiskTimeMax = longest.Ticks;
        Later(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(6), () =>
        {
            Tell(member, "disk is fast again");
            (member.DiskTimeMin, member.DiskTimeMax) = World.Plan.DiskTime;
        });
    }
}

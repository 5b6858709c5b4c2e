using Tenet.Foundation.Randomness;
using Tenet.Simulation.Worlds;

namespace Tenet.Simulation.Faults;

/// <summary>A disk has little room left, for a while.</summary>
internal sealed class FullDisk(World world, SeededRandom random) : Fault(world, random, FaultKind.FullDisk, TimeSpan.FromSeconds(8))
{
    protected override void Strike()
    {
        if (PickRunning() is not { } member)
            return;
        long left = Random.Next(64 * 1024);
        Tell(member, $"{left} bytes of disk are left");
        member.Disk.CapacityBytes = member.Disk.OccupiedBytes + left;
        member.Process!.DiskFailed = true;
        Later(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(8), () => member.Disk.CapacityBytes = long.MaxValue);
    }
}

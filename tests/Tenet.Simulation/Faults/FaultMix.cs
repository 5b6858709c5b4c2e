using Tenet.Foundation.Randomness;
using Tenet.Simulation.Worlds;

namespace Tenet.Simulation.Faults;

/// <summary>The faults of one world, from the moment when they begin to the moment when everything is well again.</summary>
internal sealed class FaultMix(World world, SeededRandom random)
{
    private readonly List<Fault> _faults = [];

    public bool IsOver { get; private set; }

    public void Begin()
    {
        foreach (FaultKind kind in world.Plan.Faults)
            _faults.Add(Make(kind, random.Fork()));
        foreach (Fault fault in _faults)
            fault.Begin();
    }

    /// <summary>No more faults, the network whole, disks fast and empty enough, clocks steady, everybody who belongs to the cluster running.</summary>
    public void End()
    {
        IsOver = true;
        foreach (Fault fault in _faults)
            fault.End();
        world.Network.Quality = world.Plan.Network;
        world.Network.HealAll();
        foreach (SimMember member in world.Members)
        {
            (member.DiskTimeMin, member.DiskTimeMax) = world.Plan.DiskTime;
            member.SlowTurns = 0;
            member.Disk.CapacityBytes = long.MaxValue;
            if (member.Process is { } process)
            {
                process.Disk.PowerCutIn = 0;
                process.Disk.FailNextSync = false;
            }

            member.Resume();
            if (member.IsWanted)
                member.Start();
        }
    }

    /// <summary>A member that is down comes back after a while; at the end of the faults at the latest.</summary>
    public void StartLater(SimMember member)
    {
        TimeSpan wait = TimeSpan.FromSeconds(0.05 + 5 * random.NextDouble() * random.NextDouble());
        world.After(wait, () =>
        {
            if (member.IsWanted)
                member.Start();
        });
    }

    private Fault Make(FaultKind kind, SeededRandom own) => kind switch
    {
        FaultKind.Drop => new BadNetwork(world, own, kind, static (quality, amount) => quality with { Drop = 0.2 * amount }),
        FaultKind.Duplicate => new BadNetwork(world, own, kind, static (quality, amount) => quality with { Duplicate = 0.3 * amount }),
        FaultKind.Reorder => new BadNetwork(world, own, kind, static (quality, amount) => quality with { Reorder = 0.3 * amount }),
        FaultKind.SlowNetwork => new BadNetwork(
            world, own, kind, static (quality, amount) => quality with { DelayMax = quality.DelayMax + (long)(amount * TimeSpan.TicksPerSecond) }),
        FaultKind.Partition or FaultKind.OneWayPartition or FaultKind.IsolateLeader => new Partition(world, own, kind),
        FaultKind.PowerCut or FaultKind.PowerCutInWrite or FaultKind.PowerCutOfAll or FaultKind.Kill or FaultKind.GracefulStop
            => new Outage(world, own, kind),
        FaultKind.Pause => new Pause(world, own),
        FaultKind.SlowDisk or FaultKind.StalledDisk => new SlowDisk(world, own, kind),
        FaultKind.FullDisk => new FullDisk(world, own),
        FaultKind.FailedSync => new FailedSync(world, own),
        FaultKind.ClockJump or FaultKind.ClockDrift => new BadClock(world, own, kind),
        FaultKind.SlowLoops => new SlowLoops(world, own),
        FaultKind.Defragment => new Defragmentation(world, own),
        FaultKind.LeaderTransfer => new LeaderTransfer(world, own),
        FaultKind.MembershipChange => new MembershipChange(world, own),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}

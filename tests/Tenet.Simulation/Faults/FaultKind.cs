namespace Tenet.Simulation.Faults;

/// <summary>What may befall a cluster. A run draws a few of them.</summary>
internal enum FaultKind
{
    Drop,
    Duplicate,
    Reorder,
    SlowNetwork,
    Partition,
    OneWayPartition,
    IsolateLeader,
    PowerCut,
    PowerCutInWrite,
    PowerCutOfAll,
    Kill,
    GracefulStop,
    Pause,
    SlowDisk,
    StalledDisk,
    FullDisk,
    FailedSync,
    ClockJump,
    ClockDrift,
    SlowLoops,
    Defragment,
    LeaderTransfer,
    MembershipChange,
}

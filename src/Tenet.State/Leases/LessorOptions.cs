namespace Tenet.State.Leases;

/// <summary>The limits a member sets for its leases (contract/api.md, 2.4).</summary>
public sealed record LessorOptions
{
    /// <summary>
    /// The shortest time to live, in seconds; a shorter request is raised to it. etcd's value is 1.5 election timeouts, rounded up to seconds.
    /// </summary>
    public long TtlMinSeconds { get; init; } = 2;

    /// <summary>How many leases may expire in one second. Leases that were spread at a promotion keep to three quarters of it.</summary>
    public int ExpiriesPerSecond { get; init; } = 1000;

    /// <summary>How long a lease that was handed out for revoking stays out before it is handed out again.</summary>
    public TimeSpan RevokeRetry { get; init; } = TimeSpan.FromSeconds(7);

    /// <summary>Whether the remaining time of long leases is written down from time to time (feature gate LeaseCheckpoint).</summary>
    public bool Checkpoints { get; init; }

    /// <summary>
    /// Whether a checkpoint's remaining time is stored whatever the cluster version (feature gate LeaseCheckpointPersist); from cluster version 3.6 on it always is.
    /// </summary>
    public bool PersistCheckpoints { get; init; }

    /// <summary>How far apart two checkpoints of one lease are; a lease with less than this left is not checkpointed.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether those who wait are continued on the thread pool. False where everything runs on one thread, which must not lose sight of anything.</summary>
    public bool CompleteOnPool { get; init; } = true;
}

namespace Tenet.State.Leases;

/// <summary>One lease as the lessor holds it. Everything in it is guarded by the lessor's lock.</summary>
internal sealed class Lease(long id, long ttlSeconds)
{
    /// <summary>An expiry that never comes: what a member that does not count time gives to every lease.</summary>
    public static readonly TimeSpan Never = TimeSpan.MaxValue;

    public long Id { get; } = id;

    public long TtlSeconds { get; } = ttlSeconds;

    /// <summary>What the last checkpoint left of the time to live, in seconds; 0 if there was none since the last renewal.</summary>
    public long CheckpointSeconds { get; set; }

    /// <summary>When the lease ends. <see cref="Never"/> unless this member counts time.</summary>
    public TimeSpan Expiry { get; set; } = Never;

    /// <summary>When the lease is next handed out for revoking: its expiry, or later if it is out already. The order of the due queue.</summary>
    public TimeSpan OfferAt { get; set; } = Never;

    /// <summary>When the lease is next due for a checkpoint; <see cref="Never"/> if it is not queued for one.</summary>
    public TimeSpan CheckpointAt { get; set; } = Never;

    /// <summary>The attached keys in key order; null while there are none, which is so for most leases most of their life.</summary>
    public SortedSet<ReadOnlyMemory<byte>>? Keys { get; set; }

    /// <summary>Completes when the lease has been revoked or the member stopped counting time; made for the first caller that waits.</summary>
    public TaskCompletionSource? Gone { get; set; }

    /// <summary>How long a fresh count runs: the time to live, or what the last checkpoint left of it.</summary>
    public TimeSpan FreshCount => TimeSpan.FromTicks((CheckpointSeconds > 0 ? CheckpointSeconds : TtlSeconds) * TimeSpan.TicksPerSecond);
}

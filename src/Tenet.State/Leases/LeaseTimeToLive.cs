namespace Tenet.State.Leases;

/// <summary>How a lease stands.</summary>
/// <param name="RemainingSeconds">Whole seconds left, truncated; without meaning unless <paramref name="Counted"/>.</param>
/// <param name="GrantedSeconds">The time to live it was granted with.</param>
/// <param name="Counted">Whether this member counts time. If not, it lost leadership on the way and the caller is told "leader changed".</param>
/// <param name="Keys">The attached keys in key order, if they were asked for.</param>
public sealed record LeaseTimeToLive(long RemainingSeconds, long GrantedSeconds, bool Counted, IReadOnlyList<ReadOnlyMemory<byte>> Keys);

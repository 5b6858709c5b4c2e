namespace Tenet.Server.Requests;

/// <summary>
/// Request identifiers, strictly increasing and different from those of other members and of earlier lives of this one
/// (contract/consensus.md, 5.3): 16 bits of the member's id, 40 bits of milliseconds at the start, 8 bits of counter that run over
/// into the time.
/// </summary>
internal sealed class RequestIdGenerator(ulong memberId, DateTimeOffset startedAt)
{
    private const int CounterBits = 8;
    private const int TimeBits = 40;
    private const ulong SuffixMask = (1UL << (CounterBits + TimeBits)) - 1;

    private readonly ulong _prefix = memberId << (CounterBits + TimeBits);
    private ulong _suffix = ((ulong)startedAt.ToUnixTimeMilliseconds() & ((1UL << TimeBits) - 1)) << CounterBits;

    /// <summary>The next identifier. Any thread.</summary>
    public ulong Next() => _prefix | (Interlocked.Increment(ref _suffix) & SuffixMask);

    /// <summary>An identifier for a lease whose client named none: positive.</summary>
    public long NextLeaseId()
    {
        while (true)
        {
            long id = (long)(Next() & long.MaxValue);
            if (id != 0)
                return id;
        }
    }
}

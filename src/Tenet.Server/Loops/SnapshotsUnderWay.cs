namespace Tenet.Server.Loops;

/// <summary>
/// Snapshots that a leader has promised to followers, and for a time after their arrival what the followers still need: the log after the
/// snapshot (contract/consensus.md, 3.5). Belongs to the consensus loop.
/// </summary>
internal sealed class SnapshotsUnderWay(TimeProvider clock)
{
    private static readonly TimeSpan KeptAfterwards = TimeSpan.FromSeconds(30);

    private readonly SortedDictionary<ulong, (ulong Index, long Until)> _byMember = [];

    /// <summary>A snapshot of at least this index is going to be sent.</summary>
    public void Begin(ulong member, ulong index) => _byMember[member] = (index, long.MaxValue);

    /// <summary>The transfer has ended.</summary>
    public void End(ulong member, bool delivered, long now)
    {
        if (!_byMember.TryGetValue(member, out (ulong Index, long Until) known))
            return;
        if (delivered)
            _byMember[member] = (known.Index, now + (long)(KeptAfterwards.TotalSeconds * clock.TimestampFrequency));
        else
            _byMember.Remove(member);
    }

    /// <summary>This member leads no more.</summary>
    public void Clear() => _byMember.Clear();

    /// <summary>The entries after this index are needed; the largest number if none are.</summary>
    public ulong NeededAfter(long now)
    {
        ulong index = ulong.MaxValue;
        foreach ((ulong member, (ulong from, long until)) in _byMember)
        {
            if (until > now)
                index = Math.Min(index, from);
        }

        return index;
    }
}

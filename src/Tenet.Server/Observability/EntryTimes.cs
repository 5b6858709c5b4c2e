namespace Tenet.Server.Observability;

/// <summary>
/// When the last entries of the log were synced and committed on this member, for the spans of requests. Kept only while somebody listens
/// to spans; the oldest are forgotten.
/// </summary>
internal sealed class EntryTimes
{
    private const int Kept = 4_096;

    private readonly Lock _lock = new();

    // Made with the first record: most members are never traced.
    private (ulong Last, long From, long To)[]? _synced;
    private (ulong Last, long From, long To)[]? _committed;
    private int _syncs;
    private int _commits;

    /// <summary>One sync made everything up to an entry durable.</summary>
    public void Synced(ulong last, long from, long to)
    {
        lock (_lock)
            (_synced ??= new (ulong, long, long)[Kept])[_syncs++ % Kept] = (last, from, to);
    }

    /// <summary>Everything up to an entry is known to be committed.</summary>
    public void Committed(ulong last, long at)
    {
        lock (_lock)
            (_committed ??= new (ulong, long, long)[Kept])[_commits++ % Kept] = (last, at, at);
    }

    /// <summary>The sync that made this entry durable, and when it was found committed; null for what is not known (any more).</summary>
    public ((long From, long To)? Sync, long? CommittedAt) Of(ulong index)
    {
        lock (_lock)
            return (Find(_synced, _syncs, index), Find(_committed, _commits, index)?.To);
    }

    /// <summary>The oldest record that covers the entry; not the very oldest that is left, as an older one may have covered it already.</summary>
    private static (long From, long To)? Find((ulong Last, long From, long To)[]? records, int count, ulong index)
    {
        (long, long)? found = null;
        int oldest = Math.Max(0, count - Kept + 1);
        for (int i = count - 1; i >= oldest && records![i % Kept].Last >= index; i--)
            found = (records![i % Kept].From, records[i % Kept].To);
        return found;
    }
}

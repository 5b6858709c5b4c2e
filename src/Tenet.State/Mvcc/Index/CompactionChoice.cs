namespace Tenet.State.Mvcc.Index;

/// <summary>What compacting a key at a revision keeps and drops.</summary>
internal readonly struct CompactionChoice
{
    /// <summary>Whether a revision at or before the compaction's is kept.</summary>
    public bool HasKept { get; init; }

    /// <summary>That revision.</summary>
    public Revision Kept { get; init; }

    /// <summary>It is a deletion. Compaction keeps it; a hash does not count it as kept.</summary>
    public bool KeptEndsGeneration { get; init; }

    /// <summary>How many of the oldest revisions go.</summary>
    public int Drop { get; init; }

    /// <summary>Nothing of the key remains.</summary>
    public bool RemoveKey { get; init; }
}

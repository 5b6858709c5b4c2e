namespace Tenet.State.Backends;

/// <summary>A batch that takes no more writes and is on its way into the file. Readers see it until its commit is visible.</summary>
public sealed class SealedBatch
{
    internal SealedBatch(BatchView view, int operations, ulong consistentIndex, ulong consistentTerm)
    {
        View = view;
        Operations = operations;
        ConsistentIndex = consistentIndex;
        ConsistentTerm = consistentTerm;
    }

    /// <summary>The index of the last applied entry that the batch covers; 0 if none is known.</summary>
    public ulong ConsistentIndex { get; }

    /// <summary>The term of that entry.</summary>
    public ulong ConsistentTerm { get; }

    /// <summary>Puts and deletes in the batch.</summary>
    public int Operations { get; }

    internal BatchView View { get; }

    internal bool IsCommitted { get; set; }
}

namespace Tenet.State.Backends;

/// <summary>
/// What batches have written since a copy's view of the file: names only, as a later view has the values. Bucket <c>key</c> grows at its end,
/// so of that only the number of new records is kept, and which ones were removed. Memory is bounded by how many different keys the
/// other buckets have, and by the compaction that a defragmentation finds in the batches when it begins.
/// </summary>
internal sealed class MissedChanges
{
    private static readonly Comparer<byte[]> ByBytes = Comparer<byte[]>.Create(static (left, right) => left.AsSpan().SequenceCompareTo(right));

    private readonly SortedSet<byte[]>?[] _changed = new SortedSet<byte[]>?[BucketNames.Count];

    /// <summary>Records of bucket <c>key</c> that were removed.</summary>
    public List<StoredRevision> Deleted { get; } = [];

    /// <summary>Puts and deletes.</summary>
    public long Operations { get; private set; }

    /// <summary>Bytes of the records that were added to bucket <c>key</c>.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whether anything was written.</summary>
    public bool IsEmpty { get; private set; } = true;

    /// <summary>The keys of a bucket other than <c>key</c> that were put or deleted; null for none.</summary>
    public IReadOnlyCollection<byte[]>? Changed(Bucket bucket) => _changed[(int)bucket];

    /// <summary>Takes note of a batch that has been committed.</summary>
    public void Add(SealedBatch batch)
    {
        IsEmpty = false;
        Operations += batch.Operations;
        foreach (ref readonly LogRecord record in batch.View.Log)
            Bytes += record.Value.Length;
        Deleted.AddRange(batch.View.Deleted);
        for (int i = 0; i < BucketNames.Count; i++)
        {
            if (batch.View.Changes((Bucket)i) is not { } changes)
                continue;
            foreach (byte[] key in changes.Keys)
                Add((Bucket)i, key);
        }

        Add(Bucket.Meta, MetaKeys.ConsistentIndex.ToArray());
        Add(Bucket.Meta, MetaKeys.Term.ToArray());
    }

    private void Add(Bucket bucket, byte[] key) => (_changed[(int)bucket] ??= new SortedSet<byte[]>(ByBytes)).Add(key);
}

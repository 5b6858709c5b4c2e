using Tenet.Foundation;
using Tenet.Protocol.Errors;
using Tenet.State.Backends;
using Tenet.State.Mvcc.Index;

namespace Tenet.State.Mvcc;

/// <content>Compaction (contract/storage.md, 6.3): accepted at once, then done in batches as large and as often as the owner likes.</content>
public sealed partial class MvccStore
{
    // Held for the length of a batch, so that none is half done when a leader's snapshot replaces what it works on. Taken before all other locks.
    private readonly Lock _compactionRun = new();

    // Guards the queue, which the apply thread fills and whoever runs batches empties.
    private readonly Lock _compactionGate = new();
    private readonly Queue<CompactionJob> _compactions = new();
    private readonly CompactionHashes _hashes = new();
    private long _recordsCompacted;

    /// <summary>The hashes of the newest finished compactions (at most 10), by revision.</summary>
    public IReadOnlyList<HashKvResult> CompactionHashes => _hashes.All();

    /// <summary>Records that compactions have removed since the start.</summary>
    public long RecordsCompacted => Interlocked.Read(ref _recordsCompacted);

    /// <summary>Whether a compaction still has work that <see cref="RunCompactionBatch"/> must do.</summary>
    public bool HasCompactionWork
    {
        get
        {
            lock (_compactionGate)
                return _compactions.Count > 0;
        }
    }

    /// <summary>Whether the next batch prunes the index; otherwise it removes records.</summary>
    public bool IsPruningIndex
    {
        get
        {
            lock (_compactionGate)
                return _compactions.TryPeek(out CompactionJob? job) && job.NextKey != null;
        }
    }

    /// <summary>
    /// Accepts a compaction: earlier revisions are unreadable from now on, and <see cref="RunCompactionBatch"/> will remove them. Apply thread.
    /// </summary>
    /// <returns>Null if accepted.</returns>
    public EtcdError? StartCompaction(long revision)
    {
        if (revision <= _compactRevision)
            return EtcdErrors.Compacted;
        if (revision > _currentRevision)
            return EtcdErrors.FutureRevision;
        bool previousFinished = IsPreviousFinished();
        long previous = _compactRevision;
        _indexLock.EnterWriteLock();
        try
        {
            Volatile.Write(ref _compactRevision, revision);
        }
        finally
        {
            _indexLock.ExitWriteLock();
        }

        PutMetaRevision(MetaKeys.ScheduledCompactRevision, revision);
        lock (_compactionGate)
            _compactions.Enqueue(new CompactionJob(revision, previous, previousFinished));
        return null;
    }

    /// <summary>
    /// Does about <paramref name="limit"/> keys' or records' worth of compaction; nothing while the backend's file is being defragmented.
    /// What it removes is gone from the file with the batch's commit. One caller at a time, any thread.
    /// </summary>
    /// <returns>Whether work remains (perhaps none could be done now, because a reader still needs what is to go).</returns>
    public bool RunCompactionBatch(int limit)
    {
        Invariant.That(limit > 0, $"a compaction batch of {limit} would never end");
        lock (_compactionRun)
            return _backend.IsDefragmenting ? HasCompactionWork : RunBatchNeedsRun(limit);
    }

    /// <summary>
    /// Begins a defragmentation of the backend's file, unless a compaction has work to do: that comes first, as it makes the room that is to be
    /// given back. Compactions that come later wait for its end. Any thread.
    /// </summary>
    /// <returns>To be stepped and disposed; null if a compaction comes first.</returns>
    /// <exception cref="IOException">The copy cannot be made.</exception>
    public BackendDefragmentation? TryBeginDefragmentation()
    {
        lock (_compactionRun)
            return HasCompactionWork ? null : _backend.BeginDefragmentation();
    }

    private bool RunBatchNeedsRun(int limit)
    {
        CompactionJob? job;
        lock (_compactionGate)
        {
            if (!_compactions.TryPeek(out job))
                return false;
        }

        if (job.NextKey != null)
        {
            PruneIndex(job, limit);
            return true;
        }

        if (!DeleteRecords(job, limit))
            return true;
        if (job.KeepsHash)
            _hashes.Add(HashKvResult.Of(job.Hash.Value, job.PreviousRevision, job.Revision));
        lock (_compactionGate)
        {
            _compactions.Dequeue();
            return _compactions.Count > 0;
        }
    }

    private bool IsPreviousFinished()
    {
        using BackendRead read = _backend.OpenRead();
        bool scheduled = read.TryGet(Bucket.Meta, MetaKeys.ScheduledCompactRevision, out ReadOnlySpan<byte> scheduledAt);
        bool finished = read.TryGet(Bucket.Meta, MetaKeys.FinishedCompactRevision, out ReadOnlySpan<byte> finishedAt);
        return scheduled == finished && scheduledAt.SequenceEqual(finishedAt);
    }

    private void PutMetaRevision(ReadOnlySpan<byte> key, long revision)
    {
        Span<byte> stored = stackalloc byte[Revision.KeyLength];
        new Revision(revision, 0).Write(stored);
        _backend.Put(Bucket.Meta, key, stored);
    }

    // In slices, so that nobody waits for more than one; a put is as long as a few dozen keys here.
    private void PruneIndex(CompactionJob job, int limit)
    {
        for (int left = limit; left > 0 && job.NextKey != null; left -= SliceKeys)
        {
            _indexLock.EnterWriteLock();
            try
            {
                if (_pins.AnyBefore(job.Revision))
                    return;
                bool anyKept = job.AnyKept;
                job.NextKey = _index.Compact(job.NextKey, job.Revision, Math.Min(left, SliceKeys), ref anyKept);
                job.AnyKept = anyKept;
            }
            finally
            {
                _indexLock.ExitWriteLock();
            }
        }
    }

    private bool DeleteRecords(CompactionJob job, int limit)
    {
        using BackendRead read = _backend.OpenRead();
        var start = new byte[Revision.KeyLength];
        if (job.NextRecord != default)
            job.NextRecord.Write(start);
        BackendCursor cursor = read.Scan(Bucket.Key, start);
        List<StoredRevision> gone = [];
        HistoryHash hash = job.Hash;
        bool ended = true;
        for (int scanned = 0; cursor.MoveNext(); scanned++)
        {
            (Revision revision, bool tombstone) = ReadStoredRevision(cursor.Key);
            if (revision.Main > job.Revision)
                break;
            if (scanned == limit)
            {
                ended = false;
                break;
            }

            bool kept = IsKept(ReadUserKey(cursor.Value, revision), revision, job.Revision, out bool isReferred);
            hash = hash.Add(cursor.Key, cursor.Value, revision, tombstone, job.PreviousRevision, isDropped: job.AnyKept && !kept);
            if (!isReferred)
                gone.Add(new StoredRevision(revision, tombstone));
            job.NextRecord = revision with { Sub = revision.Sub + 1 };
        }

        job.Hash = hash;
        _backend.DeleteRecords(gone.ToArray());
        Interlocked.Add(ref _recordsCompacted, gone.Count);
        if (ended)
            PutMetaRevision(MetaKeys.FinishedCompactRevision, job.Revision);
        return ended;
    }

    // "Kept" follows the rule of 6.2, which the hash is made of. A record is deleted only if, besides, the index does not refer to it: a
    // transaction that deletes a key and puts it again has two revisions with one main part, and the rule knows only the first.
    private bool IsKept(ReadOnlySpan<byte> key, Revision revision, long at, out bool isReferred)
    {
        _indexLock.EnterReadLock();
        try
        {
            bool kept = _index.TryChoose(key, at, out CompactionChoice choice) && choice.HasKept && choice.Kept == revision;
            isReferred = kept || _index.Holds(key, revision);
            return kept;
        }
        finally
        {
            _indexLock.ExitReadLock();
        }
    }

    private (Revision Revision, bool Tombstone) ReadStoredRevision(ReadOnlySpan<byte> key) =>
        Revision.TryRead(key, out Revision revision, out bool tombstone)
            ? (revision, tombstone)
            : throw new CorruptionException(_backend.Path, 0, "a revision as key in bucket key", Convert.ToHexString(key));

    private ReadOnlySpan<byte> ReadUserKey(ReadOnlySpan<byte> record, Revision revision)
    {
        if (!KeyValueRecord.TryRead(record, out KeyValueFields fields))
            throw new CorruptionException(_backend.Path, 0, $"a key-value at revision {revision.Main}_{revision.Sub}", "bytes that are none");
        return fields.Key;
    }
}

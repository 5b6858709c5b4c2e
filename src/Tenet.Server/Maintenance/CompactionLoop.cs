using Tenet.Foundation.Logging;
using Tenet.Foundation.Text;
using Tenet.Server.Loops;
using Tenet.Server.Observability;
using Tenet.State.Backends;
using Tenet.State.Mvcc;

namespace Tenet.Server.Maintenance;

/// <summary>
/// Paces compactions: one step at a time, with a rest after each, so that what clients see of it stays even however much there is to
/// drop. The revisions are unreadable from the moment the compaction was applied; this only gives their room back.
/// </summary>
internal sealed class CompactionLoop(MemberOptions options, MemberSeams seams, MvccStore store, Backend backend, WakeSignal signal, Action backendWritten, MemberMetrics metrics) : ITurn
{
    /// <summary>Between two looks whether the file is still being defragmented.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly List<(long Revision, TaskCompletionSource Waiter)> _waiters = [];
    private readonly long _rest = (long)(options.CompactionSleepInterval.TotalSeconds * seams.Clock.TimestampFrequency);
    private readonly long _lookAgain = (long)(LookAgain.TotalSeconds * seams.Clock.TimestampFrequency);
    private long _nextAt = long.MinValue;
    private long _startedAt = long.MinValue;
    private TimeSpan _pruning;
    private long _recordsBefore;

    public string Name => "compaction";

    public long WakeAt => store.HasCompactionWork ? _nextAt : long.MaxValue;

    /// <summary>A compaction has been applied.</summary>
    public void Wake() => signal.Set();

    /// <summary>Completes when the compaction at a revision has removed its records.</summary>
    public Task WhenFinished(long revision)
    {
        var waiter = new TaskCompletionSource(seams.CompleteOnPool ? TaskCreationOptions.RunContinuationsAsynchronously : TaskCreationOptions.None);
        lock (_lock)
            _waiters.Add((revision, waiter));
        signal.Set();
        return waiter.Task;
    }

    public bool RunTurn()
    {
        if (!store.HasCompactionWork)
            return ReleaseWaiters();
        long now = seams.Clock.GetTimestamp();
        if (now < _nextAt)
            return false;
        if (backend.IsDefragmenting)
        {
            _nextAt = now + _lookAgain;
            return false;
        }

        if (_startedAt == long.MinValue)
        {
            _startedAt = now;
            _recordsBefore = store.RecordsCompacted;
            seams.Log.Info("compact tree index", new LogField("revision", store.CompactRevision));
        }

        bool prunes = store.IsPruningIndex;
        bool more = store.RunCompactionBatch(options.CompactionBatchLimit);
        if (prunes)
            MeasurePruning(seams.Clock.GetElapsedTime(now));
        backendWritten();
        long ended = seams.Clock.GetTimestamp();
        metrics.CompactionPause.Observe(seams.Clock.GetElapsedTime(now, ended).TotalMilliseconds);
        _nextAt = ended + _rest;
        if (!more)
            Finish(ended);
        return true;
    }

    /// <summary>One observation for each compaction: what its steps in the index took together, the rests between them aside.</summary>
    private void MeasurePruning(TimeSpan step)
    {
        _pruning += step;
        if (store.IsPruningIndex)
            return;
        metrics.IndexCompactionPause.Observe(_pruning.TotalMilliseconds);
        _pruning = TimeSpan.Zero;
    }

    private void Finish(long ended)
    {
        TimeSpan took = seams.Clock.GetElapsedTime(_startedAt, ended);
        _startedAt = long.MinValue;
        metrics.CompactionTotal.Observe(took.TotalMilliseconds);
        metrics.CompactionLast.Set(seams.Clock.GetUtcNow().ToUnixTimeSeconds());
        HashKvResult? hash = store.CompactionHashes is [.., { } newest] && newest.Revision == store.CompactRevision ? newest : null;
        seams.Log.Info(
            "finished scheduled compaction",
            new LogField("compact-revision", store.CompactRevision),
            new LogField("took", took),
            new LogField("number-of-keys-compacted", store.RecordsCompacted - _recordsBefore),
            new LogField("hash", hash?.Hash ?? 0),
            new LogField("current-db-size-bytes", backend.Size),
            new LogField("current-db-size", ByteCounts.Format(backend.Size)),
            new LogField("current-db-size-in-use-bytes", backend.SizeInUse),
            new LogField("current-db-size-in-use", ByteCounts.Format(backend.SizeInUse)));
        if (hash is { } stored)
        {
            seams.Log.Info(
                "storing new hash",
                new LogField("hash", stored.Hash),
                new LogField("revision", stored.Revision),
                new LogField("compact-revision", stored.CompactRevision));
        }

        ReleaseWaiters();
    }

    private bool ReleaseWaiters()
    {
        lock (_lock)
        {
            if (_waiters.Count == 0 || store.HasCompactionWork)
                return false;
            foreach ((_, TaskCompletionSource waiter) in _waiters)
                waiter.TrySetResult();
            _waiters.Clear();
            return true;
        }
    }
}

using Tenet.Foundation;

namespace Tenet.State.Mvcc;

/// <content>A leader's snapshot in the place of everything (contract/storage.md, 6.4).</content>
public sealed partial class MvccStore
{
    /// <summary>
    /// Puts a received database and what was read from it in the place of backend and index. Readers have the one or the other: both are exchanged
    /// in one step, and a read that is under way goes on with what it began with. Apply thread, between entries.
    /// </summary>
    /// <param name="receivedPath">The database, which lies beside the backend's file and is open nowhere.</param>
    /// <param name="restore">What was read from it.</param>
    internal void Replace(string receivedPath, HistoryRestore restore)
    {
        Invariant.That(!_write.IsOpen, $"the store is replaced within a write transaction");
        lock (_compactionRun)
        {
            _backend.Replace(receivedPath, exchange =>
            {
                _indexLock.EnterWriteLock();
                try
                {
                    exchange();
                    Take(restore);
                }
                finally
                {
                    _indexLock.ExitWriteLock();
                }
            });
        }

        Observer?.Replaced(restore.CurrentRevision);
    }

    // Everything that a restored history says; the compaction that it was in the middle of is done again, and its hash is not kept, as it does not
    // see every record any more.
    private void Take(HistoryRestore restore)
    {
        _index = restore.Index;
        Volatile.Write(ref _currentRevision, restore.CurrentRevision);
        Volatile.Write(ref _compactRevision, Math.Max(restore.FinishedCompaction, restore.ScheduledCompaction));
        _hashes.Clear();
        lock (_compactionGate)
        {
            _compactions.Clear();
            if (restore.ScheduledCompaction > restore.FinishedCompaction)
                _compactions.Enqueue(new CompactionJob(restore.ScheduledCompaction, restore.FinishedCompaction, keepsHash: false));
        }
    }
}

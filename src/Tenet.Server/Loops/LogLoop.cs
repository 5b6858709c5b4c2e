using Tenet.Raft;
using Tenet.Server.Observability;
using Tenet.Wal;

namespace Tenet.Server.Loops;

/// <summary>
/// Owns the write-ahead log. Everything that waits goes to disk with one sync; only then does the consensus loop hear of it. A failed
/// write or sync leaves this loop as an exception and stops the member: what the disk then holds is unknown.
/// </summary>
internal sealed class LogLoop(WriteAheadLog log, SnapshotFiles snapshotFiles, LogInbox inbox, ConsensusInbox consensus, WakeSignal upkeep, TimeProvider clock, EntryTimes times) : ITurn
{
    private readonly List<Entry> _gathered = [];
    private ulong _recordedIndex;

    public string Name => "log";

    public long WakeAt => long.MaxValue;

    public bool RunTurn()
    {
        // Taken first and recorded last: the commit index that covers a snapshot was posted before it, so it is among the appends below.
        // A record without it would not count after a crash, while the log before it may be gone.
        List<WalSnapshot> snapshots = inbox.Snapshots.TakeAll();
        List<StorageAppend> appends = inbox.Appends.TakeAll();
        int from = 0;
        for (int i = 0; i < appends.Count; i++)
        {
            if (appends[i].Snapshot is not { } snapshot)
                continue;
            Save(appends, from, i);
            Install(appends[i], snapshot);
            from = i + 1;
        }

        Save(appends, from, appends.Count);
        bool worked = appends.Count > 0;
        foreach (StorageAppend append in appends)
            consensus.Persisted.TryPost(append);

        // A segment was finished: the next one is made ready elsewhere, so that no append has to wait for it.
        if (worked && log.NeedsNextSegment)
            upkeep.Set();
        return Record(snapshots) || worked;
    }

    /// <summary>
    /// Several appends are one write: entries in their order, then the last hard state. Nobody has been promised anything in between.
    /// </summary>
    private void Save(List<StorageAppend> appends, int from, int to)
    {
        if (from == to)
            return;
        HardState? hardState = appends[to - 1].HardState;
        IReadOnlyList<Entry> entries = appends[to - 1].Entries;
        if (to - from > 1)
        {
            _gathered.Clear();
            for (int i = from; i < to; i++)
            {
                IReadOnlyList<Entry> part = appends[i].Entries;
                for (int j = 0; j < part.Count; j++)
                    _gathered.Add(part[j]);
                hardState = appends[i].HardState ?? hardState;
            }

            entries = _gathered;
        }

        long startedAt = RequestSpans.AreHeard ? clock.GetTimestamp() : 0;
        log.Save(hardState, entries);
        if (startedAt != 0 && entries.Count > 0)
            times.Synced(entries[^1].Index, startedAt, clock.GetTimestamp());
    }

    /// <summary>
    /// A leader's snapshot, whose database lies beside the backend's by now: its file, then its record, then the hard state, whose commit
    /// index makes the record count (contract/storage.md, 2.7). After a crash in between, the member begins with what it had before.
    /// </summary>
    private void Install(StorageAppend append, Snapshot snapshot)
    {
        snapshotFiles.Save(snapshot);
        log.SaveSnapshot(new WalSnapshot(snapshot.Index, snapshot.Term, snapshot.ConfState));
        log.Save(append.HardState, append.Entries);
        log.Sync();
        log.ReleaseLocksTo(snapshot.Index);
        _recordedIndex = snapshot.Index;
    }

    private bool Record(List<WalSnapshot> snapshots)
    {
        foreach (WalSnapshot snapshot in snapshots)
        {
            // A leader's snapshot has overtaken it. Recorded after that one it would be taken for the newest, and there is a gap after it.
            if (snapshot.Index <= _recordedIndex)
                continue;
            log.SaveSnapshot(snapshot);
            log.ReleaseLocksTo(snapshot.Index);
            _recordedIndex = snapshot.Index;
        }

        return snapshots.Count > 0;
    }
}

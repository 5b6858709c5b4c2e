using Tenet.Bolt;
using Tenet.Foundation;
using Tenet.Foundation.Logging;
using Tenet.Foundation.Text;
using Tenet.Raft;
using Tenet.Server.Observability;
using Tenet.Server.Peers;
using Tenet.State.Backends;
using Tenet.Wal;

namespace Tenet.Server.Loops;

/// <summary>
/// Makes sealed batches durable, so that the apply loop never waits for the backend's file. Raft snapshots are written here too, as one
/// may exist only when the backend holds what it stands for: commit, then the file, then (in the log loop) its record and the release of
/// what lies before it (contract/storage.md, 2.7).
/// </summary>
internal sealed class CommitLoop(
    MemberOptions options, MemberSeams seams, ulong memberId, ulong lastSnapshot, Backend backend, SnapshotFiles snapshotFiles, Mailbox<CommitJob> inbox, ApplyInbox apply, LogInbox log, MemberMetrics metrics) : ITurn
{
    private ulong _lastSnapshot = lastSnapshot;

    public string Name => "commit";

    public long WakeAt => long.MaxValue;

    public bool RunTurn()
    {
        List<CommitJob> jobs = inbox.TakeAll();
        foreach (CommitJob job in jobs)
        {
            switch (job)
            {
                case CommitJob.Commit commit:
                    Commit(commit);
                    break;
            }
        }

        return jobs.Count > 0;
    }

    private void Commit(CommitJob.Commit job)
    {
        if (job.Batch is { } batch)
        {
            long startedAt = seams.Clock.GetTimestamp();
            backend.Commit(batch);
            metrics.BackendCommit.Observe(seams.Clock.GetElapsedTime(startedAt).TotalSeconds);
            BoltCommitTimes times = backend.LastCommit;
            metrics.CommitRebalance.Observe(times.Rebalance.TotalSeconds);
            metrics.CommitSpill.Observe(times.Spill.TotalSeconds);
            metrics.CommitWrite.Observe(times.Write.TotalSeconds);
        }

        foreach (TaskCompletionSource waiter in job.Waiters)
            waiter.TrySetResult();
        foreach (InstallSnapshot message in job.ForFollowers)
            Send(message);
        if (job.Snapshot is { } snapshot)
            Save(snapshot);
        apply.CommitDone();
    }

    /// <summary>Nobody else commits, so the file is now exactly what the message says.</summary>
    private void Send(InstallSnapshot message)
    {
        BackendImage image = backend.OpenImage(forFollower: true);
        Invariant.That(
            image.ConsistentIndex == message.Snapshot.Index,
            $"a snapshot of index {message.Snapshot.Index} would be sent with a database of index {image.ConsistentIndex}");
        seams.Log.Info(
            "sending merged snapshot",
            new LogField("from", message.From.ToString("x")),
            new LogField("to", message.To.ToString("x")),
            new LogField("snapshot-index", message.Snapshot.Index),
            new LogField("bytes", image.Length),
            new LogField("size", ByteCounts.Format(image.Length)));
        seams.Peers.Send(new OutgoingSnapshot(message, image));
    }

    private void Save(Snapshot snapshot)
    {
        seams.Log.Info(
            "triggering snapshot",
            new LogField("local-member-id", memberId.ToString("x")),
            new LogField("local-member-applied-index", snapshot.Index),
            new LogField("local-member-snapshot-index", _lastSnapshot),
            new LogField("local-member-snapshot-count", options.SnapshotCount),
            new LogField("snapshot-forced", snapshot.Index - _lastSnapshot < options.SnapshotCount));
        _lastSnapshot = snapshot.Index;
        long startedAt = seams.Clock.GetTimestamp();
        SnapshotSaveTimes times = snapshotFiles.Save(snapshot);
        metrics.SnapSave.Observe(seams.Clock.GetElapsedTime(startedAt).TotalSeconds);
        metrics.SnapMarshal.Observe(times.Encode.TotalSeconds);
        metrics.SnapFsync.Observe(times.Sync.TotalSeconds);

        // What was received for an earlier index is not needed even by a member that crashes now: the backend is beyond it.
        foreach (string path in snapshotFiles.RemoveDatabasesBefore(snapshot.Index))
            seams.Log.Info("found orphaned .snap.db file; deleting", new LogField("path", path));
        log.Snapshots.TryPost(new WalSnapshot(snapshot.Index, snapshot.Term, snapshot.ConfState));
        seams.Log.Info("saved snapshot to disk", new LogField("snapshot-index", snapshot.Index));
    }
}

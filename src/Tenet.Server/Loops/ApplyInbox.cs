using Tenet.Raft;

namespace Tenet.Server.Loops;

/// <summary>Everything that the apply loop is told.</summary>
internal sealed class ApplyInbox(WakeSignal signal)
{
    /// <summary>Snapshots that may wait to be made for followers; Raft hears of those beyond as failed, and asks again.</summary>
    public const int SnapshotDemandsMax = 16;

    private int _commitDone;

    /// <summary>Committed entries and snapshots, in order.</summary>
    public Mailbox<ApplyWork> Work { get; } = new(signal);

    /// <summary>Followers that need a snapshot: the messages as Raft made them, to be sent with the applied state.</summary>
    public Mailbox<InstallSnapshot> SnapshotDemands { get; } = new(signal, SnapshotDemandsMax);

    /// <summary>Callers that want everything applied so far to be durable in the backend.</summary>
    public Mailbox<TaskCompletionSource> CommitDemands { get; } = new(signal);

    /// <summary>Storage versions to be written down, outside any entry (contract/consensus.md, 7.3).</summary>
    public Mailbox<string> StorageVersions { get; } = new(signal);

    /// <summary>The commit loop has finished a job.</summary>
    public void CommitDone()
    {
        Interlocked.Exchange(ref _commitDone, 1);
        signal.Set();
    }

    /// <summary>Whether a job was finished since the last call.</summary>
    public bool TakeCommitDone() => Interlocked.Exchange(ref _commitDone, 0) == 1;
}

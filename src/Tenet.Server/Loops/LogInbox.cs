using Tenet.Raft;
using Tenet.Wal;

namespace Tenet.Server.Loops;

/// <summary>Everything that the log loop is told.</summary>
internal sealed class LogInbox(WakeSignal signal)
{
    /// <summary>Work from Raft, to be made durable in this order.</summary>
    public Mailbox<StorageAppend> Appends { get; } = new(signal);

    /// <summary>Snapshots whose file is on disk: their record may follow, and the log before them may go.</summary>
    public Mailbox<WalSnapshot> Snapshots { get; } = new(signal);
}

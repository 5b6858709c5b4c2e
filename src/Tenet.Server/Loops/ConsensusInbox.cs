using Tenet.Raft;
using Tenet.Server.Requests;

namespace Tenet.Server.Loops;

/// <summary>Everything that the consensus loop is told. Other loops hold this, not the loop itself.</summary>
internal sealed class ConsensusInbox(WakeSignal signal)
{
    /// <summary>Proposals beyond this many in the mailbox are refused as too many requests.</summary>
    public const int ProposalsMax = 64 * 1024;

    /// <summary>Peer messages beyond this many are dropped; Raft repeats what matters.</summary>
    public const int MessagesMax = 16 * 1024;

    /// <summary>Requests to replicate.</summary>
    public Mailbox<PendingRequest> Proposals { get; } = new(signal, ProposalsMax);

    /// <summary>Appends that are durable.</summary>
    public Mailbox<StorageAppend> Persisted { get; } = new(signal);

    /// <summary>What the apply loop has done.</summary>
    public Mailbox<ApplyReport> Applied { get; } = new(signal);

    /// <summary>Messages from other members.</summary>
    public Mailbox<Message> Messages { get; } = new(signal, MessagesMax);

    /// <summary>Callers that want to know how Raft stands. Nobody is answered after the loop has stopped.</summary>
    public Mailbox<TaskCompletionSource<RaftStatus>> StatusDemands { get; } = new(signal);

    /// <summary>Wakes the loop: a read waits, or the member stops.</summary>
    public void Wake() => signal.Set();
}

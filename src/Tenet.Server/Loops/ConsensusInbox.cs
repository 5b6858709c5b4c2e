using Tenet.Raft;
using Tenet.Server.Leadership;
using Tenet.Server.Requests;

namespace Tenet.Server.Loops;

/// <summary>Everything that the consensus loop is told. Other loops hold this, not the loop itself.</summary>
internal sealed class ConsensusInbox(WakeSignal signal)
{
    /// <summary>Proposals beyond this many in the mailbox are refused as too many requests.</summary>
    public const int ProposalsMax = 64 * 1024;

    /// <summary>Peer messages beyond this many are dropped; Raft repeats what matters.</summary>
    public const int MessagesMax = 16 * 1024;

    /// <summary>Peer messages are dropped while those that wait carry more bytes of entries than this.</summary>
    public const long MessageBytesMax = 256L << 20;

    private long _messageBytes;

    /// <summary>Requests to replicate.</summary>
    public Mailbox<PendingRequest> Proposals { get; } = new(signal, ProposalsMax);

    /// <summary>Appends that are durable.</summary>
    public Mailbox<StorageAppend> Persisted { get; } = new(signal);

    /// <summary>What the apply loop has done.</summary>
    public Mailbox<ApplyReport> Applied { get; } = new(signal);

    /// <summary>Messages from other members; see <see cref="TryPost"/> and <see cref="TakeMessages"/>.</summary>
    private Mailbox<Message> Messages { get; } = new(signal, MessagesMax);

    /// <summary>What the transport has to say. Lost ones are said again by the next failure; how a snapshot ended is always taken.</summary>
    public Mailbox<PeerReport> Reports { get; } = new(signal);

    /// <summary>Wishes that another member should lead.</summary>
    public Mailbox<LeaderTransferRequest> Transfers { get; } = new(signal);

    /// <summary>Takes a message of another member, unless too many wait already or what they carry is too much.</summary>
    public bool TryPost(Message message)
    {
        long bytes = BytesOf(message);
        if (bytes > 0 && Interlocked.Add(ref _messageBytes, bytes) > MessageBytesMax + bytes)
        {
            Interlocked.Add(ref _messageBytes, -bytes);
            return false;
        }

        if (Messages.TryPost(message))
            return true;
        Interlocked.Add(ref _messageBytes, -bytes);
        return false;
    }

    /// <summary>All messages waiting, for the loop.</summary>
    public List<Message> TakeMessages()
    {
        List<Message> messages = Messages.TakeAll();
        long bytes = 0;
        foreach (Message message in messages)
            bytes += BytesOf(message);
        if (bytes > 0)
            Interlocked.Add(ref _messageBytes, -bytes);
        return messages;
    }

    private static long BytesOf(Message message)
    {
        IReadOnlyList<Entry>? entries = message switch
        {
            AppendEntries append => append.Entries,
            Proposal proposal => proposal.Entries,
            _ => null,
        };
        long bytes = 0;
        for (int i = 0; entries is not null && i < entries.Count; i++)
            bytes += entries[i].Data.Length;
        return bytes;
    }

    /// <summary>Callers that want to know how Raft stands. Nobody is answered after the loop has stopped.</summary>
    public Mailbox<TaskCompletionSource<RaftStatus>> StatusDemands { get; } = new(signal);

    /// <summary>Wakes the loop: a read waits, or the member stops.</summary>
    public void Wake() => signal.Set();
}

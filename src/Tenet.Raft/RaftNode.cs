using Tenet.Foundation.Randomness;

namespace Tenet.Raft;

/// <summary>
/// One member's consensus: time and messages in, <see cref="Ready"/> out. Not thread-safe; everything happens on the thread that calls.
/// </summary>
public sealed class RaftNode
{
    /// <summary>Starts from what the storage holds. Throws <see cref="ArgumentException"/> if an option makes no sense.</summary>
    public RaftNode(RaftOptions options, IRaftStorage storage, SeededRandom random, IRaftLog log) => throw new NotImplementedException();

    /// <summary>This member.</summary>
    public ulong Id => throw new NotImplementedException();

    /// <summary>The present term.</summary>
    public ulong Term => throw new NotImplementedException();

    /// <summary>The leader's id, 0 if unknown.</summary>
    public ulong Lead => throw new NotImplementedException();

    /// <summary>What this member is.</summary>
    public RaftRole Role => throw new NotImplementedException();

    /// <summary>The highest index known to be committed.</summary>
    public ulong Commit => throw new NotImplementedException();

    /// <summary>The last index whose <see cref="StorageApply"/> was answered.</summary>
    public ulong Applied => throw new NotImplementedException();

    /// <summary>Everything to be known about this member. Allocates; not for every request.</summary>
    public RaftStatus Status => throw new NotImplementedException();

    /// <summary>Whether <see cref="TakeReady"/> has anything to give.</summary>
    public bool HasReady => throw new NotImplementedException();

    /// <summary>Begins a new cluster: the log opens with one configuration change per peer, committed in term 1. The storage must be empty.</summary>
    public void Bootstrap(IReadOnlyList<(ulong Id, ReadOnlyMemory<byte> Context)> peers) => throw new NotImplementedException();

    /// <summary>One tick of the clock.</summary>
    public void Tick() => throw new NotImplementedException();

    /// <summary>Takes a message of a peer, or a response of <see cref="StorageAppend"/> or <see cref="StorageApply"/> that is due.</summary>
    public StepResult Step(Message message) => throw new NotImplementedException();

    /// <summary>Proposes a command. The bytes must not change afterwards.</summary>
    public StepResult Propose(ReadOnlyMemory<byte> data) => throw new NotImplementedException();

    /// <summary>Proposes a configuration change. A leader that finds it untimely appends an empty entry instead; nobody is told.</summary>
    public StepResult Propose(ConfChange change) => throw new NotImplementedException();

    /// <summary>Proposes a configuration change. A leader that finds it untimely appends an empty entry instead; nobody is told.</summary>
    public StepResult Propose(ConfChangeV2 change) => throw new NotImplementedException();

    /// <summary>Asks for a read index; the answer comes as a <see cref="ReadState"/> with this context, or never: ask again.</summary>
    public void ReadIndex(ReadOnlyMemory<byte> context) => throw new NotImplementedException();

    /// <summary>Campaigns now, if this member may.</summary>
    public void Campaign() => throw new NotImplementedException();

    /// <summary>Asks the leader to hand over to this member.</summary>
    public void TransferLeader(ulong to) => throw new NotImplementedException();

    /// <summary>Lets go of the leader, so that this member may vote at once.</summary>
    public void ForgetLeader() => throw new NotImplementedException();

    /// <summary>A message could not be delivered.</summary>
    public void ReportUnreachable(ulong id) => throw new NotImplementedException();

    /// <summary>A snapshot has been delivered, or could not be.</summary>
    public void ReportSnapshot(ulong id, bool delivered) => throw new NotImplementedException();

    /// <summary>Carries a committed configuration change out, at the moment its entry is applied. Node id 0 changes nothing.</summary>
    public ConfState ApplyConfChange(ConfChangeV2 change) => throw new NotImplementedException();

    /// <summary>Everything to be done now; empty if there is nothing.</summary>
    public Ready TakeReady() => throw new NotImplementedException();
}

namespace Tenet.Raft;

/// <summary>
/// What members say to each other, and storage to its own member. A closed family: which fields a kind has is which fields it puts on
/// the wire (contract/consensus.md, 1.1.1).
/// </summary>
/// <param name="To">The receiver.</param>
/// <param name="From">The sender.</param>
/// <param name="Term">The sender's term; 0 for kinds that carry none.</param>
public abstract record Message(ulong To, ulong From, ulong Term)
{
    /// <summary>The wire number.</summary>
    public abstract MessageType Type { get; }
}

/// <summary>Entries that somebody wants in the log.</summary>
/// <param name="To">The leader.</param>
/// <param name="From">The sender.</param>
/// <param name="Entries">The proposals, without term and index.</param>
public sealed record Proposal(ulong To, ulong From, IReadOnlyList<Entry> Entries) : Message(To, From, 0)
{
    /// <inheritdoc/>
    public override MessageType Type => MessageType.MsgProp;
}

/// <summary>The leader's log after one index, as much of it as fits, and its commit index.</summary>
/// <param name="To">The follower.</param>
/// <param name="From">The leader.</param>
/// <param name="Term">The leader's term.</param>
/// <param name="LogTerm">The term of the entry at <paramref name="Index"/>.</param>
/// <param name="Index">The index just before the entries.</param>
/// <param name="Entries">The entries that follow it; may be none.</param>
/// <param name="Commit">The leader's commit index.</param>
public sealed record AppendEntries(
    ulong To, ulong From, ulong Term, ulong LogTerm, ulong Index, IReadOnlyList<Entry> Entries, ulong Commit) : Message(To, From, Term)
{
    /// <inheritdoc/>
    public override MessageType Type => MessageType.MsgApp;
}

/// <summary>How far a follower agrees with the leader's log, or a hint where it might.</summary>
/// <param name="To">The leader.</param>
/// <param name="From">The follower.</param>
/// <param name="Term">The follower's term.</param>
/// <param name="Index">Accepted: the last index now shared. Rejected: the index that was offered.</param>
public sealed record AppendResponse(ulong To, ulong From, ulong Term, ulong Index) : Message(To, From, Term)
{
    /// <summary>Whether the offered index did not match.</summary>
    public bool Reject { get; init; }

    /// <summary>Rejected: the follower's guess where the logs may meet.</summary>
    public ulong RejectHint { get; init; }

    /// <summary>Rejected: the follower's term at the hint, 0 if unknown.</summary>
    public ulong LogTerm { get; init; }

    /// <summary>True if only the term is meant: the sender of the append is behind.</summary>
    public bool OnlyTerm { get; init; }

    /// <inheritdoc/>
    public override MessageType Type => MessageType.MsgAppResp;
}

/// <summary>A request for a vote, or in the pre-vote form the question whether there would be one.</summary>
/// <param name="To">The voter.</param>
/// <param name="From">The candidate.</param>
/// <param name="Term">The term the candidate campaigns in.</param>
/// <param name="PreVote">Whether nothing is decided by it yet.</param>
/// <param name="LogTerm">The term of the candidate's last entry.</param>
/// <param name="Index">The index of the candidate's last entry.</param>
/// <param name="Transfer">Whether the leader itself asked for this election, which sets leases aside.</param>
public sealed record VoteRequest(ulong To, ulong From, ulong Term, bool PreVote, ulong LogTerm, ulong Index, bool Transfer)
    : Message(To, From, Term)
{
    /// <inheritdoc/>
    public override MessageType Type => PreVote ? MessageType.MsgPreVote : MessageType.MsgVote;
}

/// <summary>The answer to a <see cref="VoteRequest"/>.</summary>
/// <param name="To">The candidate.</param>
/// <param name="From">The voter.</param>
/// <param name="Term">Granted: the term of the request. Rejected: the voter's own.</param>
/// <param name="PreVote">The form of the request.</param>
/// <param name="Reject">Whether the vote was refused.</param>
public sealed record VoteResponse(ulong To, ulong From, ulong Term, bool PreVote, bool Reject) : Message(To, From, Term)
{
    /// <inheritdoc/>
    public override MessageType Type => PreVote ? MessageType.MsgPreVoteResp : MessageType.MsgVoteResp;
}

/// <summary>A snapshot for a follower whose next entries the leader no longer has.</summary>
/// <param name="To">The follower.</param>
/// <param name="From">The leader.</param>
/// <param name="Term">The leader's term.</param>
/// <param name="Snapshot">The snapshot.</param>
public sealed record InstallSnapshot(ulong To, ulong From, ulong Term, Snapshot Snapshot) : Message(To, From, Term)
{
    /// <inheritdoc/>
    public override MessageType Type => MessageType.MsgSnap;
}

/// <summary>The leader is alive; this much of what the follower holds is committed.</summary>
/// <param name="To">The follower.</param>
/// <param name="From">The leader.</param>
/// <param name="Term">The leader's term.</param>
/// <param name="Commit">A commit index the follower is known to hold.</param>
/// <param name="Context">To be echoed; empty if no read waits for it.</param>
public sealed record Heartbeat(ulong To, ulong From, ulong Term, ulong Commit, ReadOnlyMemory<byte> Context) : Message(To, From, Term)
{
    /// <inheritdoc/>
    public override MessageType Type => MessageType.MsgHeartbeat;
}

/// <summary>The answer to a <see cref="Heartbeat"/>.</summary>
/// <param name="To">The leader.</param>
/// <param name="From">The follower.</param>
/// <param name="Term">The follower's term.</param>
/// <param name="Context">The bytes of the heartbeat.</param>
public sealed record HeartbeatResponse(ulong To, ulong From, ulong Term, ReadOnlyMemory<byte> Context) : Message(To, From, Term)
{
    /// <inheritdoc/>
    public override MessageType Type => MessageType.MsgHeartbeatResp;
}

/// <summary>A wish that <paramref name="From"/> should lead; any member may have sent it on its behalf.</summary>
/// <param name="To">The present leader.</param>
/// <param name="From">The member that is to lead.</param>
/// <param name="Term">The sender's term, 0 if it was asked for locally.</param>
public sealed record TransferLeader(ulong To, ulong From, ulong Term) : Message(To, From, Term)
{
    /// <inheritdoc/>
    public override MessageType Type => MessageType.MsgTransferLeader;
}

/// <summary>The leader asks a follower to campaign at once.</summary>
/// <param name="To">The follower.</param>
/// <param name="From">The leader.</param>
/// <param name="Term">The leader's term.</param>
public sealed record TimeoutNow(ulong To, ulong From, ulong Term) : Message(To, From, Term)
{
    /// <inheritdoc/>
    public override MessageType Type => MessageType.MsgTimeoutNow;
}

/// <summary>A question for an index up to which a read that starts now must wait.</summary>
/// <param name="To">The leader.</param>
/// <param name="From">The asking member; 0 if it was asked for locally.</param>
/// <param name="Entries">One entry whose data is the caller's context.</param>
public sealed record ReadIndexRequest(ulong To, ulong From, IReadOnlyList<Entry> Entries) : Message(To, From, 0)
{
    /// <inheritdoc/>
    public override MessageType Type => MessageType.MsgReadIndex;
}

/// <summary>The answer to a <see cref="ReadIndexRequest"/>.</summary>
/// <param name="To">The asking member.</param>
/// <param name="From">The leader.</param>
/// <param name="Term">The leader's term.</param>
/// <param name="Index">The read index.</param>
/// <param name="Entries">The entries of the request.</param>
public sealed record ReadIndexResponse(ulong To, ulong From, ulong Term, ulong Index, IReadOnlyList<Entry> Entries)
    : Message(To, From, Term)
{
    /// <inheritdoc/>
    public override MessageType Type => MessageType.MsgReadIndexResp;
}

/// <summary>Local: storage holds everything up to and including a <see cref="StorageAppend"/>.</summary>
/// <param name="To">The member itself.</param>
/// <param name="Term">The term in which the append was handed out; in a later term it acknowledges no entries.</param>
/// <param name="LogTerm">The term of the last entry at that time, 0 if no entries wait for storage.</param>
/// <param name="Index">The index of that entry.</param>
/// <param name="Snapshot">The snapshot that was part of the append.</param>
public sealed record StorageAppendResponse(ulong To, ulong Term, ulong LogTerm, ulong Index, Snapshot? Snapshot)
    : Message(To, LocalThreads.Append, Term)
{
    /// <inheritdoc/>
    public override MessageType Type => MessageType.MsgStorageAppendResp;
}

/// <summary>Local: the state machine has taken over the entries of a <see cref="StorageApply"/>.</summary>
/// <param name="To">The member itself.</param>
/// <param name="Entries">The entries.</param>
public sealed record StorageApplyResponse(ulong To, IReadOnlyList<Entry> Entries) : Message(To, LocalThreads.Apply, 0)
{
    /// <inheritdoc/>
    public override MessageType Type => MessageType.MsgStorageApplyResp;
}

/// <summary>A kind that this version does not know or that must not come from a peer. Stepping it changes nothing.</summary>
/// <param name="To">The receiver.</param>
/// <param name="From">The sender.</param>
/// <param name="Term">The sender's term.</param>
/// <param name="Number">The wire number.</param>
public sealed record ForeignMessage(ulong To, ulong From, ulong Term, int Number) : Message(To, From, Term)
{
    /// <inheritdoc/>
    public override MessageType Type => (MessageType)Number;
}

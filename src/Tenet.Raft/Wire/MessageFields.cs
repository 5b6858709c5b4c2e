namespace Tenet.Raft.Wire;

/// <summary>A message as the wire sees it: one shape for all kinds, where null means that the field is not there.</summary>
internal ref struct MessageFields
{
    private static readonly byte[] CampaignTransfer = "CampaignTransfer"u8.ToArray();

    public int Type;
    public ulong To;
    public ulong From;
    public ulong? Term;
    public ulong? LogTerm;
    public ulong? Index;
    public IReadOnlyList<Entry> Entries;
    public ulong? Commit;
    public Snapshot? Snapshot;
    public bool? Reject;
    public ulong? RejectHint;
    public ReadOnlyMemory<byte> Context;

    /// <summary>The fields that this message assigns (contract/consensus.md, 1.1.1).</summary>
    public static MessageFields Of(Message message)
    {
        var fields = new MessageFields
        {
            Type = (int)message.Type,
            To = message.To,
            From = message.From,
            Term = message.Term,
            Entries = [],
        };
        switch (message)
        {
            case Proposal proposal:
                fields.Term = null;
                fields.Entries = proposal.Entries;
                break;
            case AppendEntries append:
                (fields.LogTerm, fields.Index, fields.Commit) = (append.LogTerm, append.Index, append.Commit);
                fields.Entries = append.Entries;
                break;
            case AppendResponse { Reject: true } rejected:
                (fields.LogTerm, fields.Index) = (rejected.LogTerm, rejected.Index);
                (fields.Reject, fields.RejectHint) = (true, rejected.RejectHint);
                break;
            case AppendResponse { OnlyTerm: false } accepted:
                fields.Index = accepted.Index;
                break;
            case VoteRequest request:
                (fields.LogTerm, fields.Index) = (request.LogTerm, request.Index);
                fields.Context = request.Transfer ? CampaignTransfer : default(ReadOnlyMemory<byte>);
                break;
            case VoteResponse response:
                fields.Reject = response.Reject ? true : null;
                break;
            case InstallSnapshot install:
                fields.Snapshot = install.Snapshot;
                break;
            case Heartbeat heartbeat:
                fields.Commit = heartbeat.Commit;
                fields.Context = heartbeat.Context;
                break;
            case HeartbeatResponse response:
                fields.Context = response.Context;
                break;
            case ReadIndexRequest request:
                fields.Term = null;
                fields.Entries = request.Entries;
                break;
            case ReadIndexResponse response:
                fields.Index = response.Index;
                fields.Entries = response.Entries;
                break;
        }
        return fields;
    }

    /// <summary>The message that these fields make, or a <see cref="ForeignMessage"/>.</summary>
    public readonly Message ToMessage()
    {
        ulong term = Term ?? 0;
        ulong index = Index ?? 0;
        ulong logTerm = LogTerm ?? 0;
        return (MessageType)Type switch
        {
            MessageType.MsgProp => new Proposal(To, From, Entries),
            MessageType.MsgApp => new AppendEntries(To, From, term, logTerm, index, Contiguous(index, Entries), Commit ?? 0),
            MessageType.MsgAppResp => new AppendResponse(To, From, term, index)
            {
                Reject = Reject ?? false,
                RejectHint = RejectHint ?? 0,
                LogTerm = logTerm,
                OnlyTerm = Index is null && Reject is not true,
            },
            MessageType.MsgVote or MessageType.MsgPreVote => new VoteRequest(
                To, From, term, (MessageType)Type == MessageType.MsgPreVote, logTerm, index, Context.Span.SequenceEqual(CampaignTransfer)),
            MessageType.MsgVoteResp or MessageType.MsgPreVoteResp => new VoteResponse(
                To, From, term, (MessageType)Type == MessageType.MsgPreVoteResp, Reject ?? false),
            MessageType.MsgSnap => new InstallSnapshot(To, From, term, Snapshot ?? Raft.Snapshot.Empty),
            MessageType.MsgHeartbeat => new Heartbeat(To, From, term, Commit ?? 0, Context),
            MessageType.MsgHeartbeatResp => new HeartbeatResponse(To, From, term, Context),
            MessageType.MsgTransferLeader => new TransferLeader(To, From, term),
            MessageType.MsgTimeoutNow => new TimeoutNow(To, From, term),
            MessageType.MsgReadIndex => new ReadIndexRequest(To, From, Entries),
            MessageType.MsgReadIndexResp => new ReadIndexResponse(To, From, term, index, Entries),
            _ => new ForeignMessage(To, From, term, Type),
        };
    }

    private static IReadOnlyList<Entry> Contiguous(ulong previous, IReadOnlyList<Entry> entries)
    {
        for (int i = 0; i < entries.Count; i++)
        {
            if (entries[i].Index != unchecked(previous + 1 + (ulong)i))
                throw new RaftWireException($"entry {i} after index {previous} has the index {entries[i].Index}");
        }
        return entries;
    }
}

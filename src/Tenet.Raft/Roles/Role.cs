namespace Tenet.Raft.Roles;

/// <summary>
/// What a member does with time and messages while it is what it is. A role lives from one transition to the next; what outlives it is in
/// <see cref="RaftCore"/>. Messages come here after the term gate, so they belong to the present term or have none. What a role does not
/// override, it ignores.
/// </summary>
internal abstract class Role(RaftCore core)
{
    /// <summary>Which role this is.</summary>
    public abstract RaftRole Kind { get; }

    /// <summary>What all roles share.</summary>
    protected RaftCore Core { get; } = core;

    /// <summary>One tick: without a leader in sight, a member that may lead campaigns after its timeout.</summary>
    public virtual void Tick()
    {
        Core.ElectionElapsed++;
        if (Core.IsPromotable && Core.ElectionElapsed >= Core.RandomizedElectionTimeout)
        {
            Core.ElectionElapsed = 0;
            Core.Campaign();
        }
    }

    /// <summary>Takes a message in.</summary>
    public StepResult Step(Message message)
    {
        switch (message)
        {
            case Proposal proposal:
                return Propose([.. proposal.Entries], proposal.From);
            case AppendEntries append:
                OnAppend(append);
                break;
            case AppendResponse response:
                OnAppendResponse(response);
                break;
            case Heartbeat heartbeat:
                OnHeartbeat(heartbeat);
                break;
            case HeartbeatResponse response:
                OnHeartbeatResponse(response);
                break;
            case InstallSnapshot install:
                OnSnapshot(install);
                break;
            case VoteResponse response:
                OnVoteResponse(response);
                break;
            case ReadIndexRequest request:
                OnReadIndex(request);
                break;
            case ReadIndexResponse response:
                OnReadIndexResponse(response);
                break;
            case TransferLeader transfer:
                OnTransferLeader(transfer);
                break;
            case TimeoutNow timeout:
                OnTimeoutNow(timeout);
                break;
        }
        return StepResult.Accepted;
    }

    /// <summary>Takes proposals of <paramref name="from"/>: all of them or none.</summary>
    public abstract StepResult Propose(ReadOnlySpan<Entry> entries, ulong from);

    /// <summary>Lets go of the leader.</summary>
    public virtual void ForgetLeader()
    {
    }

    /// <summary>A message could not be delivered.</summary>
    public virtual void OnUnreachable(ulong id)
    {
    }

    /// <summary>A snapshot was delivered, or could not be.</summary>
    public virtual void OnSnapshotStatus(ulong id, bool delivered)
    {
    }

    /// <summary>A request for a read index.</summary>
    public virtual void OnReadIndex(ReadIndexRequest request)
    {
    }

    /// <summary>Somebody wishes that a member should lead.</summary>
    public virtual void OnTransferLeader(TransferLeader transfer)
    {
    }

    protected virtual void OnAppend(AppendEntries append)
    {
    }

    protected virtual void OnAppendResponse(AppendResponse response)
    {
    }

    protected virtual void OnHeartbeat(Heartbeat heartbeat)
    {
    }

    protected virtual void OnHeartbeatResponse(HeartbeatResponse response)
    {
    }

    protected virtual void OnSnapshot(InstallSnapshot install)
    {
    }

    protected virtual void OnVoteResponse(VoteResponse response)
    {
    }

    protected virtual void OnReadIndexResponse(ReadIndexResponse response)
    {
    }

    protected virtual void OnTimeoutNow(TimeoutNow timeout)
    {
    }
}

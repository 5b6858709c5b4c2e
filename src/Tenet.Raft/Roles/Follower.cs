namespace Tenet.Raft.Roles;

/// <summary>Takes the leader's log over and passes requests on to it (contract/consensus.md, 1.5.3).</summary>
internal sealed class Follower(RaftCore core) : Role(core)
{
    /// <inheritdoc/>
    public override RaftRole Kind => RaftRole.Follower;

    /// <inheritdoc/>
    public override StepResult Propose(ReadOnlySpan<Entry> entries, ulong from)
    {
        if (Core.Lead == 0)
        {
            Core.Info($"{Core.Id:x} no leader at term {Core.Term}; dropping proposal");
            return StepResult.Dropped;
        }
        if (Core.Options.DisableProposalForwarding)
        {
            Core.Info($"{Core.Id:x} not forwarding to leader {Core.Lead:x} at term {Core.Term}; dropping proposal");
            return StepResult.Dropped;
        }
        Core.Send(new Proposal(Core.Lead, from, entries.ToArray()));
        return StepResult.Accepted;
    }

    /// <inheritdoc/>
    public override void ForgetLeader()
    {
        if (Core.Options.ReadOnlyOption == ReadOnlyOption.LeaseBased)
        {
            Core.Error("ignoring MsgForgetLeader due to ReadOnlyLeaseBased");
            return;
        }
        if (Core.Lead == 0)
            return;
        Core.Info($"{Core.Id:x} forgetting leader {Core.Lead:x} at term {Core.Term}");
        Core.Lead = 0;
    }

    /// <inheritdoc/>
    public override void OnReadIndex(ReadIndexRequest request)
    {
        if (Core.Lead == 0)
        {
            Core.Info($"{Core.Id:x} no leader at term {Core.Term}; dropping index reading msg");
            return;
        }
        Core.Send(request with { To = Core.Lead, From = request.From == 0 ? Core.Id : request.From });
    }

    /// <inheritdoc/>
    public override void OnTransferLeader(TransferLeader transfer)
    {
        if (Core.Lead == 0)
        {
            Core.Info($"{Core.Id:x} no leader at term {Core.Term}; dropping leader transfer msg");
            return;
        }
        Core.Send(transfer with { To = Core.Lead, Term = Core.Term });
    }

    /// <summary>Takes over what a leader of this term has sent.</summary>
    public void Handle(AppendEntries append)
    {
        // Below the commit mark the logs agree; where that mark is, is all the leader needs to hear.
        if (append.Index < Core.Log.Committed)
        {
            Answer(append.From, Core.Log.Committed);
            return;
        }
        if (Core.Log.MaybeAppend(append.LogTerm, append.Index, append.Entries, append.Commit, out ulong lastNew))
        {
            Answer(append.From, lastNew);
            return;
        }
        Core.Debug(
            $"{Core.Id:x} [logterm: {Core.Log.TermOrZero(append.Index)}, index: {append.Index}] rejected MsgApp "
            + $"[logterm: {append.LogTerm}, index: {append.Index}] from {append.From:x}");
        // The leader's terms up to the offered index are at most the offered term, so the logs cannot agree where this one has a higher
        // term: such a stretch is passed over at once instead of entry by entry.
        (ulong hint, ulong hintTerm) = Core.Log.FindConflictByTerm(Math.Min(append.Index, Core.Log.LastIndex), append.LogTerm);
        Core.SendAfterAppend(new AppendResponse(append.From, Core.Id, Core.Term, append.Index)
        {
            Reject = true,
            RejectHint = hint,
            LogTerm = hintTerm,
        });
    }

    /// <summary>Takes over how much is committed.</summary>
    public void Handle(Heartbeat heartbeat)
    {
        Core.Log.CommitTo(heartbeat.Commit);
        Core.Send(new HeartbeatResponse(heartbeat.From, Core.Id, Core.Term, heartbeat.Context));
    }

    /// <summary>Takes a snapshot over if it is ahead.</summary>
    public void Handle(InstallSnapshot install)
    {
        Snapshot snapshot = install.Snapshot;
        bool restored = Restore(snapshot);
        Core.Info(
            $"{Core.Id:x} [commit: {Core.Log.Committed}] {(restored ? "restored" : "ignored")} snapshot "
            + $"[index: {snapshot.Index}, term: {snapshot.Term}]");
        Answer(install.From, restored ? Core.Log.LastIndex : Core.Log.Committed);
    }

    protected override void OnAppend(AppendEntries append)
    {
        Follow(append.From);
        Handle(append);
    }

    protected override void OnHeartbeat(Heartbeat heartbeat)
    {
        Follow(heartbeat.From);
        Handle(heartbeat);
    }

    protected override void OnSnapshot(InstallSnapshot install)
    {
        Follow(install.From);
        Handle(install);
    }

    protected override void OnReadIndexResponse(ReadIndexResponse response)
    {
        if (response.Entries.Count != 1)
        {
            Core.Error(
                $"{Core.Id:x} invalid format of MsgReadIndexResp from {response.From:x}, entries count: {response.Entries.Count}");
            return;
        }
        Core.Outbox.Add(new ReadState(response.Index, response.Entries[0].Data));
    }

    protected override void OnTimeoutNow(TimeoutNow timeout)
    {
        Core.Info(
            $"{Core.Id:x} [term {Core.Term}] received MsgTimeoutNow from {timeout.From:x} and starts an election to get leadership.");
        Core.Campaign(CampaignKind.Transfer);
    }

    private void Follow(ulong leader)
    {
        Core.ElectionElapsed = 0;
        Core.Lead = leader;
    }

    private void Answer(ulong leader, ulong index) => Core.SendAfterAppend(new AppendResponse(leader, Core.Id, Core.Term, index));

    private bool Restore(Snapshot snapshot)
    {
        if (snapshot.Index <= Core.Log.Committed)
            return false;
        if (!Names(snapshot.ConfState, Core.Id))
        {
            Core.Warn(
                $"{Core.Id:x} attempted to restore snapshot but it is not in the ConfState {snapshot.ConfState}; should never happen");
            return false;
        }
        if (Core.Log.Matches(snapshot.Index, snapshot.Term))
        {
            Core.Info($"{LogEnd()} fast-forwarded commit to snapshot [index: {snapshot.Index}, term: {snapshot.Term}]");
            Core.Log.CommitTo(snapshot.Index);
            return false;
        }
        Core.Restore(snapshot);
        Core.Info($"{LogEnd()} restored snapshot [index: {snapshot.Index}, term: {snapshot.Term}]");
        return true;
    }

    private string LogEnd() =>
        $"{Core.Id:x} [commit: {Core.Log.Committed}, lastindex: {Core.Log.LastIndex}, lastterm: {Core.Log.LastTerm}]";

    private static bool Names(ConfState state, ulong id)
    {
        // Who becomes a learner next is an outgoing voter still.
        foreach (IReadOnlyList<ulong> ids in (ReadOnlySpan<IReadOnlyList<ulong>>)[state.Voters, state.Learners, state.VotersOutgoing])
        {
            foreach (ulong member in ids)
            {
                if (member == id)
                    return true;
            }
        }
        return false;
    }
}

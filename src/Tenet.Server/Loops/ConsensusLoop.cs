using Tenet.Foundation.Logging;
using Tenet.Raft;
using Tenet.Server.Leadership;
using Tenet.Server.Observability;
using Tenet.Server.Reads;
using Tenet.Server.Requests;
using Tenet.State.Members;

namespace Tenet.Server.Loops;

/// <summary>
/// Drives Raft: ticks, proposals, reads and messages in; appends to the log loop, committed entries to the apply loop, messages to peers
/// out. It never waits for a disk, so no timer ever waits behind a sync. One Ready covers everything that arrived since the last.
/// </summary>
internal sealed class ConsensusLoop : ITurn
{
    /// <summary>How long a removed member goes on, so that the others learn from it that it is removed.</summary>
    private static readonly TimeSpan TimeToLeave = TimeSpan.FromSeconds(1);

    private readonly MemberSeams _seams;
    private readonly EngineState _state;
    private readonly RaftNode _node;
    private readonly MemoryStorage _storage;
    private readonly ConsensusInbox _inbox;
    private readonly LogInbox _log;
    private readonly ApplyInbox _apply;
    private readonly LinearizableReads _reads;
    private readonly MemberMetrics _metrics;
    private readonly Action _leadershipLost;
    private readonly Action _othersJoined;
    private readonly Action<ReadOnlyMemory<byte>> _askReadIndex;
    private readonly long _tickInterval;
    private readonly ProposalQueue _proposals;
    private readonly RequestDeadlines _deadlines;
    private readonly PeerOutlet _outlet;
    private readonly SnapshotsUnderWay _snapshots;
    private readonly StalledDisk _disk;
    private readonly LeaderTransfers _transfers;
    private readonly LeaderLoss _loss;
    private readonly FirstElection _firstElection;
    private readonly AwaitingDisk _awaitingDisk;
    private readonly LogTail _tail;

    private ConfState _confState;
    private ulong _committedTerm;
    private long _nextTickAt;
    private long _leaveAt = long.MaxValue;
    private bool _withOthers;

    public ConsensusLoop(
        MemberOptions options,
        MemberSeams seams,
        EngineState state,
        RaftNode node,
        MemoryStorage storage,
        ConsensusInbox inbox,
        LogInbox log,
        ApplyInbox apply,
        LinearizableReads reads,
        PendingRequests pending,
        MemberStore members,
        MemberMetrics metrics,
        Action leadershipLost,
        Action othersJoined)
    {
        _seams = seams;
        _state = state;
        _node = node;
        _storage = storage;
        _inbox = inbox;
        _log = log;
        _apply = apply;
        _reads = reads;
        _metrics = metrics;
        _leadershipLost = leadershipLost;
        _othersJoined = othersJoined;
        _askReadIndex = node.ReadIndex;
        _proposals = new ProposalQueue(options, seams, node, inbox, pending, metrics.ProposalsFailed);
        _deadlines = new RequestDeadlines(options, seams, state, pending, metrics.ProposalsFailed);
        _snapshots = new SnapshotsUnderWay(seams.Clock);
        _outlet = new PeerOutlet(options, seams, node, members, apply, _snapshots, metrics.LateHeartbeats);
        _awaitingDisk = new AwaitingDisk(node, apply, _outlet);
        _disk = new StalledDisk(options, seams, node);
        _transfers = new LeaderTransfers(options, seams, node);
        _tickInterval = (long)(options.HeartbeatInterval.TotalSeconds * seams.Clock.TimestampFrequency);
        _loss = new LeaderLoss(node, options.PreVote, _tickInterval);
        _nextTickAt = seams.Clock.GetTimestamp();
        _firstElection = new FirstElection(options, seams, node);
        _confState = storage.InitialState.ConfState;
        _tail = new LogTail(options.SnapshotCatchUpEntries, options.SnapshotCatchUpBytes);
        if (storage.Count > 0 && storage.Entries(storage.FirstIndex, storage.LastIndex + 1, ulong.MaxValue, out Entry[] recovered) == LogRead.Found)
            _tail.Appended(recovered);
        state.Term = node.Term;
        state.CommittedIndex = node.Commit;
        state.LastTickAt = seams.Clock.GetTimestamp();
    }

    public string Name => "consensus";

    public long WakeAt => Math.Min(Math.Min(_nextTickAt, _leaveAt), Math.Min(_reads.WakeAt, _loss.WakeAt));

    public bool RunTurn()
    {
        long now = _seams.Clock.GetTimestamp();
        if (now >= _leaveAt)
            throw new MemberRemovedException();
        bool worked = StepPersisted(now);
        worked |= Tick(now);
        worked |= StepApplied(now);
        // Taken before the messages and stepped after them: whoever reports that a member is gone has posted all that came from it before.
        List<PeerReport> reports = _inbox.Reports.TakeAll();
        worked |= StepMessages(now);
        worked |= StepReports(reports, now);
        worked |= _loss.Run(now);
        worked |= _proposals.Run(now);
        worked |= TakeTransfers(now);
        worked |= TellStatus();
        worked |= _reads.Run(now, _askReadIndex);
        if (_node.HasReady)
        {
            Dispatch(_node.TakeReady(), now);
            worked = true;
        }

        return worked;
    }

    /// <summary>Completes everybody who waits for this loop. Called after its last turn; <see cref="EngineState.Stopping"/> is set.</summary>
    public void Stop()
    {
        _reads.Stop();
        _deadlines.RefuseAll();
        foreach (LeaderTransferRequest request in _inbox.Transfers.TakeAll())
            request.TrySetResult(Protocol.Errors.EtcdErrors.Stopped);
        _transfers.Stop();
    }

    private bool Tick(long now)
    {
        if (now < _nextTickAt)
            return false;

        // A loop that was held up does not make up for lost ticks: they would only start elections.
        _nextTickAt = Math.Max(_nextTickAt + _tickInterval, now);
        _disk.Look(now);
        _outlet.IsMute = _disk.IsMute;
        if (_node.Role == RaftRole.Leader || !_disk.IsStalled)
            _node.Tick();
        _firstElection.Look(now, _confState, IsOnlyVoter);
        CampaignIfAlone();
        _state.LastTickAt = now;
        _deadlines.RefuseOverdue(now, _node, _confState);
        _proposals.Release();
        _transfers.Look(now);
        return true;
    }

    private bool StepPersisted(long now)
    {
        List<StorageAppend> appends = _inbox.Persisted.TakeAll();
        foreach (StorageAppend append in appends)
        {
            _disk.Stored();
            if (append.Snapshot is { } snapshot)
                Take(snapshot);
            if (append.HardState is { } hardState)
                _storage.SetHardState(hardState);
            if (append.Entries.Count > 0)
            {
                _storage.Append(append.Entries);
                _tail.Appended(append.Entries);
            }

            _awaitingDisk.OnStored(append);
        }

        _awaitingDisk.Send(now);
        return appends.Count > 0;
    }

    /// <summary>
    /// The log holds a leader's snapshot. The state machine gets it before Raft is told, so before any entry after it; entries before it may
    /// be under way there still.
    /// </summary>
    private void Take(Snapshot snapshot)
    {
        if (_storage.ApplySnapshot(snapshot))
            _tail.Clear();
        _confState = snapshot.ConfState;
        UpdateLeadsAlone();
        TellOthersJoined();
        _apply.Work.TryPost(new ApplyWork.Install(snapshot));
    }

    private bool StepApplied(long now)
    {
        List<ApplyReport> reports = _inbox.Applied.TakeAll();
        foreach (ApplyReport report in reports)
        {
            switch (report)
            {
                case ApplyReport.Done done:
                    _node.Step(done.Apply.Response);
                    break;
                case ApplyReport.Configuration configuration:
                    ApplyConfiguration(configuration, now);
                    break;
                case ApplyReport.FirstOfTerm first:
                    _committedTerm = first.Term;
                    _reads.OnFirstCommitInTerm(now, _askReadIndex);
                    break;
                case ApplyReport.Snapshot snapshot:
                    Compact(snapshot, now);
                    break;
            }
        }

        if (reports.Count == 0)
            return false;

        // A round whose index was applied before the round could be put down is found here: every report is posted after what it reports
        // can be seen.
        _reads.OnApplied(_state.AppliedIndex);
        UpdateLeadsAlone();
        CampaignIfAlone();
        return true;
    }

    /// <summary>The only voter need not wait an election timeout for a leader that cannot be. Raft refuses while a change is unapplied.</summary>
    private void CampaignIfAlone()
    {
        if (_node.Role == RaftRole.Follower && _node.Lead == 0 && IsOnlyVoter)
            _node.Campaign();
    }

    private bool IsOnlyVoter => _confState.Voters.Count == 1 && _confState.VotersOutgoing.Count == 0 && _confState.Voters[0] == _node.Id;

    private void ApplyConfiguration(ApplyReport.Configuration report, long now)
    {
        _confState = _node.ApplyConfChange(report.Change, report.Result.AppliedIndex);
        if (report.RemovesSelf)
            Leave(now + (long)(TimeToLeave.TotalSeconds * _seams.Clock.TimestampFrequency));
        ForgetRemovedLeader(report.Change, now);
        UpdateLeadsAlone();
        TellOthersJoined();
        report.Waiter?.Complete(report.Result);
    }

    private void Leave(long at)
    {
        _proposals.IsRemoved = true;
        _leaveAt = Math.Min(_leaveAt, at);
    }

    /// <summary>
    /// The leader was removed: nothing it sends is taken any more, so what would be forwarded to it waits for its successor instead, and the
    /// election need not wait for the leader to be missed.
    /// </summary>
    private void ForgetRemovedLeader(ConfChangeV2 change, long now)
    {
        foreach (ConfChangeSingle step in change.Changes)
        {
            if (step.Type == ConfChangeType.RemoveNode && step.NodeId == _node.Lead)
                _loss.OnGone(step.NodeId, _confState.Voters, now);
        }
    }

    private void TellOthersJoined()
    {
        if (_withOthers || _confState.Voters.Count + _confState.Learners.Count <= 1)
            return;
        _withOthers = true;
        _othersJoined();
    }

    /// <summary>The applied state stands in for the log before it; what followers may still want stays, within bounds.</summary>
    private void Compact(ApplyReport.Snapshot report, long now)
    {
        if (_storage.CreateSnapshot(report.Index, report.ConfState, default) is null)
            return;
        ulong compacted = _tail.CompactionIndex(report.Index, _snapshots.NeededAfter(now));
        if (compacted > 0 && compacted >= _storage.FirstIndex && _storage.Compact(compacted))
        {
            _tail.Compacted(compacted);
            _seams.Log.Info("compacted Raft logs", new LogField("compact-index", compacted));
        }
    }

    private bool StepReports(List<PeerReport> reports, long now)
    {
        foreach (PeerReport report in reports)
        {
            switch (report)
            {
                case PeerReport.Unreachable unreachable:
                    _node.ReportUnreachable(unreachable.MemberId);
                    break;
                case PeerReport.Gone gone:
                    _loss.OnGone(gone.MemberId, _confState.Voters, now);
                    break;
                case PeerReport.SnapshotEnded ended:
                    _snapshots.End(ended.MemberId, ended.Delivered, now);
                    _node.ReportSnapshot(ended.MemberId, ended.Delivered);
                    break;
                case PeerReport.SelfRemoved:
                    Leave(now);
                    break;
            }
        }

        return reports.Count > 0;
    }

    private bool StepMessages(long now)
    {
        List<Message> messages = _inbox.TakeMessages();
        foreach (Message message in messages)
        {
            switch (message)
            {
                case Proposal proposal:
                    _proposals.Step(proposal, now);
                    break;
                case TimeoutNow when _disk.IsStalled:
                    // Whoever leads finds somebody better.
                    break;
                default:
                    _node.Step(message);
                    break;
            }
        }

        return messages.Count > 0;
    }

    private bool TellStatus()
    {
        List<TaskCompletionSource<RaftStatus>> demands = _inbox.StatusDemands.TakeAll();
        foreach (TaskCompletionSource<RaftStatus> demand in demands)
            demand.TrySetResult(_node.Status);
        return demands.Count > 0;
    }

    private bool TakeTransfers(long now)
    {
        List<LeaderTransferRequest> requests = _inbox.Transfers.TakeAll();
        foreach (LeaderTransferRequest request in requests)
            _transfers.Add(request, now);
        return requests.Count > 0;
    }

    private void Dispatch(Ready ready, long now)
    {
        if (ready.SoftState is { } softState)
            OnSoftState(softState, now);
        for (int i = 0; i < ready.ReadStates.Count; i++)
            _reads.OnReadState(ready.ReadStates[i].Index, ready.ReadStates[i].Context.Span);
        _outlet.Send(_awaitingDisk.HoldVoteRequests(ready), now);
        _state.Term = _node.Term;
        if (RequestSpans.AreHeard && _node.Commit > _state.CommittedIndex)
            _state.Times.Committed(_node.Commit, _seams.Clock.GetTimestamp());
        _state.CommittedIndex = _node.Commit;

        if (ready.Append is { } append)
        {
            _disk.Posted(now);
            _log.Appends.TryPost(append);
        }

        _awaitingDisk.Apply(ready);
    }

    private void OnSoftState(SoftState softState, long now)
    {
        ulong previous = _state.Lead;
        bool isLeader = softState.Role == RaftRole.Leader;
        if (softState.Lead != previous)
        {
            LogLeader(previous, softState.Lead);
            if (softState.Lead != 0)
            {
                _metrics.LeaderChanges.Increment();
                _reads.OnLeaderChanged(now, _askReadIndex);
            }
        }

        if (isLeader && !_state.IsLeader)
            _state.LeaderSince = now;

        // In this order: the apply loop takes the term for the one that is led.
        _state.Term = _node.Term;
        _state.Lead = softState.Lead;
        _state.IsLeader = isLeader;
        UpdateLeadsAlone();
        _outlet.ForgetHeartbeats();
        if (!isLeader)
        {
            _snapshots.Clear();
            _leadershipLost();
        }

        _proposals.Release();
        _transfers.Look(now);
    }

    /// <summary>
    /// Cleared before Raft can do anything that would make it untrue, as both happen on this thread. That the state machine may run on
    /// another one changes nothing: what was acknowledged to a client was applied by this member, there being nobody else to do it.
    /// </summary>
    private void UpdateLeadsAlone()
    {
        bool alone = _node.Role == RaftRole.Leader && IsOnlyVoter && _confState.Learners.Count == 0 && _committedTerm == _node.Term;
        if (alone != _state.LeadsAlone)
            _state.LeadsAlone = alone;
    }

    private void LogLeader(ulong previous, ulong lead)
    {
        string line = (previous, lead) switch
        {
            (0, _) => $"raft.node: {_node.Id:x} elected leader {lead:x} at term {_node.Term}",
            (_, 0) => $"raft.node: {_node.Id:x} lost leader {previous:x} at term {_node.Term}",
            _ => $"raft.node: {_node.Id:x} changed leader from {previous:x} to {lead:x} at term {_node.Term}",
        };
        _seams.Log.Write(LogLevel.Info, "raft", line, []);
    }
}

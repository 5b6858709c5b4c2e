using Tenet.Foundation.Logging;
using Tenet.Protocol.Errors;
using Tenet.Raft;
using Tenet.Server.Observability;
using Tenet.Server.Reads;
using Tenet.Server.Requests;

namespace Tenet.Server.Loops;

/// <summary>
/// Drives Raft: ticks, proposals, reads and messages in; appends to the log loop, committed entries to the apply loop, messages to peers
/// out. It never waits for a disk, so no timer ever waits behind a sync. One Ready covers everything that arrived since the last.
/// </summary>
internal sealed class ConsensusLoop : ITurn
{
    private static readonly EtcdError ProposalDropped = new(StatusCode.Unknown, "raft proposal dropped");

    private readonly MemberOptions _options;
    private readonly MemberSeams _seams;
    private readonly EngineState _state;
    private readonly RaftNode _node;
    private readonly MemoryStorage _storage;
    private readonly ConsensusInbox _inbox;
    private readonly LogInbox _log;
    private readonly ApplyInbox _apply;
    private readonly LinearizableReads _reads;
    private readonly PendingRequests _pending;
    private readonly MemberMetrics _metrics;
    private readonly Action _leadershipLost;
    private readonly Action<ReadOnlyMemory<byte>> _askReadIndex;
    private readonly long _tickInterval;

    // Proposals wait here while there is no leader to take them; their timeout is their own.
    private readonly Queue<PendingRequest> _undecided = new();
    private readonly List<PendingRequest> _overdue = [];
    private readonly LogTail _tail;

    // A Ready's committed entries that its own append makes durable: only the bootstrap of a cluster has them.
    private readonly Queue<(ulong LastAppended, StorageApply Apply)> _applyAfterAppend = new();

    private ConfState _confState;
    private ulong _committedTerm;
    private ulong _persistedIndex;
    private long _nextTickAt;
    private bool _removed;

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
        MemberMetrics metrics,
        Action leadershipLost)
    {
        _options = options;
        _seams = seams;
        _state = state;
        _node = node;
        _storage = storage;
        _inbox = inbox;
        _log = log;
        _apply = apply;
        _reads = reads;
        _pending = pending;
        _metrics = metrics;
        _leadershipLost = leadershipLost;
        _askReadIndex = node.ReadIndex;
        _tickInterval = (long)(options.HeartbeatInterval.TotalSeconds * seams.Clock.TimestampFrequency);
        _nextTickAt = seams.Clock.GetTimestamp();
        _confState = storage.InitialState.ConfState;
        _tail = new LogTail(options.SnapshotCatchUpEntries, options.SnapshotCatchUpBytes);
        state.Term = node.Term;
        state.CommittedIndex = node.Commit;
        state.LastTickAt = seams.Clock.GetTimestamp();
    }

    public string Name => "consensus";

    public long WakeAt => Math.Min(_nextTickAt, _reads.WakeAt);

    public bool RunTurn()
    {
        long now = _seams.Clock.GetTimestamp();
        bool worked = Tick(now);
        worked |= StepPersisted();
        worked |= StepApplied(now);
        worked |= StepMessages();
        worked |= Propose(now);
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
        _pending.FindOverdue(long.MaxValue, _overdue);
        foreach (PendingRequest request in _overdue)
            _pending.Refuse(request.Id, EtcdErrors.Stopped);
        _overdue.Clear();
    }

    private bool Tick(long now)
    {
        if (now < _nextTickAt)
            return false;

        // A loop that was held up does not make up for lost ticks: they would only start elections.
        _nextTickAt = Math.Max(_nextTickAt + _tickInterval, now);
        _node.Tick();
        CampaignIfAlone();
        _state.LastTickAt = now;
        RefuseOverdue(now);
        return true;
    }

    private void RefuseOverdue(long now)
    {
        if (_pending.Count == 0)
            return;
        long oldest = now - (long)(_options.RequestTimeout.TotalSeconds * _seams.Clock.TimestampFrequency);
        _pending.FindOverdue(oldest, _overdue);
        foreach (PendingRequest request in _overdue)
        {
            EtcdError error = request.StartedAt < oldest ? TimeoutOf(request) : EtcdErrors.RequestCanceled;
            if (_pending.Refuse(request.Id, error))
                _metrics.ProposalsFailed.Increment();
        }

        _overdue.Clear();
    }

    /// <summary>Why a request may have taken too long (contract/consensus.md, 5.4).</summary>
    private EtcdError TimeoutOf(PendingRequest request)
    {
        long leaderSince = _state.LeaderSince;
        long electionTime = (long)(2 * _options.ElectionTimeout.TotalSeconds * _seams.Clock.TimestampFrequency);
        if (leaderSince != long.MinValue && request.StartedAt > leaderSince - electionTime && request.StartedAt < leaderSince)
            return EtcdErrors.TimeoutDueToLeaderFail;
        if (_node.Lead == 0)
            return EtcdErrors.Timeout;
        bool connected = _node.Lead == _node.Id ? QuorumConnectedSince(request.StartedAt) : ConnectedSince(_node.Lead, request.StartedAt);
        return connected ? EtcdErrors.Timeout : EtcdErrors.TimeoutDueToConnectionLost;
    }

    private bool QuorumConnectedSince(long moment)
    {
        int connected = 0;
        foreach (ulong voter in _confState.Voters)
        {
            if (voter == _node.Id || ConnectedSince(voter, moment))
                connected++;
        }

        return connected > _confState.Voters.Count / 2;
    }

    private bool ConnectedSince(ulong member, long moment) => _seams.Peers.ConnectedSince(member) < moment;

    private bool StepPersisted()
    {
        List<StorageAppend> appends = _inbox.Persisted.TakeAll();
        foreach (StorageAppend append in appends)
        {
            if (append.Snapshot is { } snapshot)
                _storage.ApplySnapshot(snapshot);
            if (append.HardState is { } hardState)
                _storage.SetHardState(hardState);
            if (append.Entries.Count > 0)
            {
                _storage.Append(append.Entries);
                _tail.Appended(append.Entries);
                _persistedIndex = append.Entries[^1].Index;
            }

            Deliver(append.Responses);
            while (_applyAfterAppend.TryPeek(out (ulong LastAppended, StorageApply Apply) held) && held.LastAppended <= _persistedIndex)
                _apply.Entries.TryPost(_applyAfterAppend.Dequeue().Apply);
        }

        return appends.Count > 0;
    }

    private bool StepApplied(long now)
    {
        List<ApplyReport> reports = _inbox.Applied.TakeAll();
        foreach (ApplyReport report in reports)
        {
            switch (report)
            {
                case ApplyReport.Done done:
                    Deliver(done.Apply.Responses);
                    break;
                case ApplyReport.Configuration configuration:
                    ApplyConfiguration(configuration);
                    break;
                case ApplyReport.FirstOfTerm first:
                    _committedTerm = first.Term;
                    _reads.OnFirstCommitInTerm(now, _askReadIndex);
                    break;
                case ApplyReport.Snapshot snapshot:
                    Compact(snapshot);
                    break;
            }
        }

        if (reports.Count == 0)
            return false;
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

    private void ApplyConfiguration(ApplyReport.Configuration report)
    {
        _confState = _node.ApplyConfChange(report.Change, report.Result.AppliedIndex);
        _removed = !_confState.Voters.Contains(_node.Id) && !_confState.Learners.Contains(_node.Id) && !_confState.VotersOutgoing.Contains(_node.Id);
        UpdateLeadsAlone();
        report.Waiter?.Complete(report.Result);
    }

    /// <summary>The applied state stands in for the log before it; what followers may still want stays, within bounds.</summary>
    private void Compact(ApplyReport.Snapshot report)
    {
        if (_storage.CreateSnapshot(report.Index, report.ConfState, default) is null)
            return;
        ulong compacted = _tail.CompactionIndex(report.Index);
        if (compacted > 0 && compacted >= _storage.FirstIndex && _storage.Compact(compacted))
            _tail.Compacted(compacted);
    }

    private bool StepMessages()
    {
        List<Message> messages = _inbox.Messages.TakeAll();
        foreach (Message message in messages)
            _node.Step(message);
        return messages.Count > 0;
    }

    private bool TellStatus()
    {
        List<TaskCompletionSource<RaftStatus>> demands = _inbox.StatusDemands.TakeAll();
        foreach (TaskCompletionSource<RaftStatus> demand in demands)
            demand.TrySetResult(_node.Status);
        return demands.Count > 0;
    }

    private void Deliver(IReadOnlyList<Message> responses)
    {
        List<Message>? toPeers = null;
        for (int i = 0; i < responses.Count; i++)
        {
            if (responses[i].To == _node.Id)
                _node.Step(responses[i]);
            else
                (toPeers ??= []).Add(responses[i]);
        }

        if (toPeers is not null)
            _seams.Peers.Send(toPeers);
    }

    private bool Propose(long now)
    {
        List<PendingRequest> proposals = _inbox.Proposals.TakeAll();
        if (proposals.Count == 0 && _undecided.Count == 0)
            return false;
        if (_node.Lead == 0 || _removed)
        {
            foreach (PendingRequest proposal in proposals)
                _undecided.Enqueue(proposal);
            DropFinished();
            return proposals.Count > 0;
        }

        while (_undecided.TryDequeue(out PendingRequest? waiting))
        {
            if (waiting.Task.IsCompleted)
                continue;
            Propose(waiting, now);
        }

        foreach (PendingRequest proposal in proposals)
            Propose(proposal, now);
        return true;
    }

    private void Propose(PendingRequest proposal, long now)
    {
        proposal.ProposedAt = now;
        StepResult result = proposal.Change is { } change ? _node.Propose(change) : _node.Propose(proposal.Data);
        if (result == StepResult.Accepted)
            return;
        if (_pending.Refuse(proposal.Id, ProposalDropped))
            _metrics.ProposalsFailed.Increment();
    }

    /// <summary>Requests that timed out while nobody led leave the queue, so that it stays as short as the waiters are many.</summary>
    private void DropFinished()
    {
        while (_undecided.TryPeek(out PendingRequest? first) && first.Task.IsCompleted)
            _undecided.Dequeue();
    }

    private void Dispatch(Ready ready, long now)
    {
        if (ready.SoftState is { } softState)
            OnSoftState(softState, now);
        for (int i = 0; i < ready.ReadStates.Count; i++)
            _reads.OnReadState(ready.ReadStates[i].Index, ready.ReadStates[i].Context.Span);
        if (ready.Messages.Count > 0)
            _seams.Peers.Send(ready.Messages);
        _state.Term = _node.Term;
        _state.CommittedIndex = _node.Commit;

        ulong appended = 0;
        if (ready.Append is { } append)
        {
            if (append.Entries.Count > 0)
                appended = append.Entries[^1].Index;
            _log.Appends.TryPost(append);
        }

        if (ready.Apply is not { } apply)
            return;
        if (appended > 0 && apply.Entries[^1].Index >= ready.Append!.Entries[0].Index)
            _applyAfterAppend.Enqueue((appended, apply));
        else
            _apply.Entries.TryPost(apply);
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
                _reads.OnLeaderChanged();
            }
        }

        if (isLeader && !_state.IsLeader)
            _state.LeaderSince = now;
        _state.Term = _node.Term;
        _state.Lead = softState.Lead;
        _state.IsLeader = isLeader;
        UpdateLeadsAlone();
        if (!isLeader)
            _leadershipLost();
    }

    /// <summary>Cleared before Raft can do anything that would make it untrue, as both happen on this thread.</summary>
    private void UpdateLeadsAlone()
    {
        bool alone = _node.Role == RaftRole.Leader && IsOnlyVoter && _committedTerm == _node.Term;
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

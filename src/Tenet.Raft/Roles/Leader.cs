using Tenet.Raft.Log;
using Tenet.Raft.Quorum;
using Tenet.Raft.Tracking;

namespace Tenet.Raft.Roles;

/// <summary>Brings proposals into the log, the log to the others, and the commit index forward (contract/consensus.md, 1.5.1).</summary>
internal sealed class Leader : Role
{
    private readonly Replicator _replicator;
    private readonly ConfChangeGuard _confChanges;
    private readonly ReadQueue _reads = new();
    private readonly List<ReadIndexRequest> _readsBeforeFirstCommit = [];
    private int _heartbeatElapsed;
    private ulong _uncommittedBytes;

    /// <summary>A leader that has yet to <see cref="Open"/> its term.</summary>
    public Leader(RaftCore core)
        : base(core)
    {
        _replicator = new Replicator(core);
        // There may be a configuration change among the entries that were not committed before; until they are applied, none is taken.
        _confChanges = new ConfChangeGuard(core) { PendingIndex = core.Log.LastIndex };
    }

    /// <inheritdoc/>
    public override RaftRole Kind => RaftRole.Leader;

    /// <summary>The member that leadership is being handed to, 0 for none. While there is one, proposals are dropped.</summary>
    public ulong Transferee { get; private set; }

    private EntryLog Log => Core.Log;

    /// <summary>Appends the empty entry, with which everything before it can be committed.</summary>
    public void Open()
    {
        var empty = new Entry(0, 0, EntryType.Normal, default);
        TryAppend(new ReadOnlySpan<Entry>(in empty));
    }

    /// <summary>Sends everybody what there is.</summary>
    public void Announce() => _replicator.Broadcast();

    /// <inheritdoc/>
    public override void Tick()
    {
        _heartbeatElapsed++;
        Core.ElectionElapsed++;
        if (Core.ElectionElapsed >= Core.Options.ElectionTicks)
        {
            Core.ElectionElapsed = 0;
            if (Core.Options.CheckQuorum && !CheckQuorum())
                return;
            // Who has not taken over within an election timeout will not.
            Transferee = 0;
        }
        if (_heartbeatElapsed >= Core.Options.HeartbeatTicks)
        {
            _heartbeatElapsed = 0;
            _replicator.BroadcastHeartbeat(_reads.HeartbeatContext());
        }
    }

    /// <inheritdoc/>
    public override StepResult Propose(ReadOnlySpan<Entry> entries, ulong from)
    {
        // A leader that is no member any more only finishes what it began.
        if (entries.IsEmpty || !Core.Members.TryGet(Core.Id, out _))
            return StepResult.Dropped;
        if (Transferee != 0)
        {
            Core.Debug($"{Core.Id:x} [term {Core.Term}] transfer leadership to {Transferee:x} is in progress; dropping proposal");
            return StepResult.Dropped;
        }
        if (ConfChangeGuard.Concerns(entries))
        {
            Entry[] reviewed = entries.ToArray();
            if (!_confChanges.Review(reviewed))
                return StepResult.Dropped;
            entries = reviewed;
        }
        if (!TryAppend(entries))
            return StepResult.Dropped;
        _replicator.Broadcast();
        return StepResult.Accepted;
    }

    /// <summary>Entries have been applied here, so they count no longer as uncommitted.</summary>
    public void OnApplied(ReadOnlySpan<Entry> entries) =>
        _uncommittedBytes -= Math.Min(_uncommittedBytes, Replicator.PayloadBytes(entries));

    /// <summary>Leaves the joint configuration, if it is one to be left automatically and everything up to it has been applied.</summary>
    public void MaybeLeaveJoint()
    {
        if (!Core.Config.AutoLeave || Log.Applied < _confChanges.PendingIndex)
            return;
        // Without data, so that it can never be refused for its size. It is dropped while leadership is being handed over; then the next
        // applied entry, here or at the new leader, brings it up again.
        var leave = new Entry(0, 0, EntryType.ConfChangeV2, default);
        if (Propose(new ReadOnlySpan<Entry>(in leave), Core.Id) == StepResult.Accepted)
            Core.Info($"initiating automatic transition out of joint configuration {Core.Config}");
        else
            Core.Debug($"not initiating automatic transition out of joint configuration {Core.Config}: raft proposal dropped");
    }

    /// <summary>The configuration has changed under this leader: fewer acknowledgements may suffice, newcomers want entries.</summary>
    public void OnConfigChanged()
    {
        if (MaybeCommit())
            _replicator.Broadcast();
        else
            _replicator.BroadcastMissing();
        if (Transferee != 0 && !Core.Config.Voters.Contains(Transferee))
            Transferee = 0;
    }

    /// <inheritdoc/>
    public override void OnReadIndex(ReadIndexRequest request)
    {
        if (request.Entries.Count == 0)
            return;
        // Before its first commit a leader does not know how much was committed before its term; neither does one that needs only itself,
        // as the commit index it restarted with may be an old one.
        if (!HasCommittedInTerm())
            _readsBeforeFirstCommit.Add(request);
        else
            StartRead(request);
    }

    /// <inheritdoc/>
    public override void OnTransferLeader(TransferLeader transfer)
    {
        if (!TryGetMember(transfer.From, out Progress? progress))
            return;
        if (progress.IsLearner)
        {
            Core.Debug($"{Core.Id:x} is learner. Ignored transferring leadership");
            return;
        }
        ulong target = transfer.From;
        if (Transferee == target)
        {
            Core.Info(
                $"{Core.Id:x} [term {Core.Term}] transfer leadership to {target:x} is in progress, "
                + $"ignores request to same node {target:x}");
            return;
        }
        if (Transferee != 0)
        {
            Core.Info($"{Core.Id:x} [term {Core.Term}] abort previous transferring leadership to {Transferee:x}");
            Transferee = 0;
        }
        if (target == Core.Id)
        {
            Core.Debug($"{Core.Id:x} is already leader. Ignored transferring leadership to self");
            return;
        }
        Core.Info($"{Core.Id:x} [term {Core.Term}] starts to transfer leadership to {target:x}");
        Core.ElectionElapsed = 0;
        Transferee = target;
        if (progress.Match != Log.LastIndex)
        {
            _replicator.TrySend(target, progress, sendIfEmpty: true);
            return;
        }
        Core.Send(new TimeoutNow(target, Core.Id, Core.Term));
        Core.Info($"{Core.Id:x} sends MsgTimeoutNow to {target:x} immediately as {target:x} already has up-to-date log");
    }

    /// <inheritdoc/>
    public override void OnUnreachable(ulong id)
    {
        if (!TryGetMember(id, out Progress? progress))
            return;
        // Whatever went without waiting for answers is probably lost.
        if (progress.State == ProgressState.Replicate)
            progress.BecomeProbe();
        Core.Debug($"{Core.Id:x} failed to send message to {id:x} because it is unreachable [{progress}]");
    }

    /// <inheritdoc/>
    public override void OnSnapshotStatus(ulong id, bool delivered)
    {
        if (!TryGetMember(id, out Progress? progress) || progress.State != ProgressState.Snapshot)
            return;
        if (delivered)
            progress.BecomeProbe();
        else
            progress.AbortSnapshot();
        Core.Debug(
            $"{Core.Id:x} snapshot {(delivered ? "succeeded" : "failed")}, resumed sending replication messages to {id:x} [{progress}]");
        // Delivered: its own answer comes before the next append. Failed: wait for a heartbeat before the next try.
        progress.IsFlowPaused = true;
    }

    protected override void OnAppendResponse(AppendResponse response)
    {
        if (!TryGetMember(response.From, out Progress? progress))
            return;
        progress.RecentActive = true;
        if (response.Reject)
            OnRejected(response, progress);
        else if (progress.MaybeUpdate(response.Index) || (progress.Match == response.Index && progress.State == ProgressState.Probe))
            OnAccepted(response, progress);
    }

    protected override void OnHeartbeatResponse(HeartbeatResponse response)
    {
        if (!TryGetMember(response.From, out Progress? progress))
            return;
        progress.RecentActive = true;
        progress.IsFlowPaused = false;
        // To one that lacks entries although all of them were sent: those may be lost, and the answer to this append will tell. To one that
        // is being probed: the answer brings it back to replication.
        if (progress.Match < Log.LastIndex || progress.State == ProgressState.Probe)
            _replicator.TrySend(response.From, progress, sendIfEmpty: true);
        if (Core.Options.ReadOnlyOption != ReadOnlyOption.Safe || response.Context.IsEmpty)
            return;
        _reads.Acknowledge(progress, response.Context.Span);
        while (_reads.TryTakeConfirmed(Core.Config.Voters, Core.Members, out (ReadIndexRequest Request, ulong Index) read))
            Answer(read.Request, read.Index);
    }

    private bool TryAppend(ReadOnlySpan<Entry> entries)
    {
        ulong payload = Replicator.PayloadBytes(entries);
        ulong limit = Core.Options.UncommittedBytesMax;
        // The first one is taken whatever its size, and one without payload always: otherwise there might be no way forward.
        if (limit != 0 && _uncommittedBytes > 0 && payload > 0 && _uncommittedBytes + payload > limit)
        {
            Core.Warn($"{Core.Id:x} appending new entries to log would exceed uncommitted entry size limit; dropping proposal");
            return false;
        }
        _uncommittedBytes += payload;
        ulong index = Log.LastIndex;
        foreach (ref readonly Entry entry in entries)
            Log.Append(entry with { Term = Core.Term, Index = ++index });
        // The own acknowledgement counts once the entries are durable here.
        Core.SendAfterAppend(new AppendResponse(Core.Id, Core.Id, Core.Term, index));
        return true;
    }

    private bool CheckQuorum()
    {
        if (Core.Config.Voters.Vote(new RecentActivity(Core.Members)) != VoteResult.Won)
        {
            Core.Warn($"{Core.Id:x} stepped down to follower since quorum is not active");
            Core.BecomeFollower(Core.Term, 0);
            return false;
        }
        for (int i = 0; i < Core.Members.Count; i++)
        {
            (ulong id, Progress progress) = Core.Members.At(i);
            progress.RecentActive &= id == Core.Id;
        }
        return true;
    }

    private void OnRejected(AppendResponse response, Progress progress)
    {
        ulong from = response.From;
        Core.Debug(
            $"{Core.Id:x} received MsgAppResp(rejected, hint: (index {response.RejectHint}, term {response.LogTerm})) from {from:x} "
            + $"for index {response.Index}");
        // The follower's terms up to its hint are at most the hint's term, so wherever this log has a higher one, they cannot agree.
        ulong next = response.LogTerm > 0
            ? Log.FindConflictByTerm(response.RejectHint, response.LogTerm).Index
            : response.RejectHint;
        if (!progress.MaybeDecrease(response.Index, next))
            return;
        Core.Debug($"{Core.Id:x} decreased progress of {from:x} to [{progress}]");
        if (progress.State == ProgressState.Replicate)
            progress.BecomeProbe();
        _replicator.TrySend(from, progress, sendIfEmpty: true);
    }

    private void OnAccepted(AppendResponse response, Progress progress)
    {
        ulong from = response.From;
        Advance(response, progress);
        if (MaybeCommit())
        {
            ReleaseReads();
            _replicator.Broadcast();
        }
        else if (from != Core.Id && progress.CanBumpCommit(Log.Committed))
        {
            _replicator.TrySend(from, progress, sendIfEmpty: true);
        }
        if (from != Core.Id)
        {
            // The window may have room for several messages now.
            while (_replicator.TrySend(from, progress, sendIfEmpty: false))
            {
            }
        }
        if (from == Transferee && progress.Match == Log.LastIndex)
        {
            Core.Info($"{Core.Id:x} sent MsgTimeoutNow to {from:x} after received MsgAppResp");
            Core.Send(new TimeoutNow(from, Core.Id, Core.Term));
        }
    }

    private void Advance(AppendResponse response, Progress progress)
    {
        switch (progress.State)
        {
            case ProgressState.Probe:
                progress.BecomeReplicate();
                break;
            // Whichever snapshot it was that has arrived: if the log goes on from there, the follower can be served from it.
            case ProgressState.Snapshot when progress.Match + 1 >= Log.FirstIndex:
                Core.Debug(
                    $"{Core.Id:x} recovered from needing snapshot, resumed sending replication messages to {response.From:x} [{progress}]");
                progress.BecomeProbe();
                progress.BecomeReplicate();
                break;
            case ProgressState.Replicate:
                progress.Release(response.Index);
                break;
        }
    }

    // Entries of earlier terms are committed with the first one of this term: counting copies of them alone is not enough.
    private bool MaybeCommit()
    {
        ulong index = Core.Config.Voters.CommittedIndex(new MatchIndexes(Core.Members));
        if (index <= Log.Committed || !Log.Matches(index, Core.Term))
            return false;
        Log.CommitTo(index);
        return true;
    }

    private bool HasCommittedInTerm() => Log.TermOrZero(Log.Committed) == Core.Term;

    private void ReleaseReads()
    {
        foreach (ReadIndexRequest request in _readsBeforeFirstCommit)
            StartRead(request);
        _readsBeforeFirstCommit.Clear();
    }

    private void StartRead(ReadIndexRequest request)
    {
        bool needsOnlyItself = Core.Config.Voters.Incoming.Count == 1 && !Core.Config.Voters.IsJoint;
        if (needsOnlyItself || Core.Options.ReadOnlyOption == ReadOnlyOption.LeaseBased)
        {
            Answer(request, Log.Committed);
            return;
        }
        _reads.Add(request, Log.Committed);
        if (Core.Members.TryGet(Core.Id, out Progress? self))
            _reads.Acknowledge(self);
        _replicator.BroadcastHeartbeat(_reads.HeartbeatContext());
    }

    private void Answer(ReadIndexRequest request, ulong index)
    {
        if (request.From == 0 || request.From == Core.Id)
            Core.Outbox.Add(new ReadState(index, request.Entries[0].Data));
        else
            Core.Send(new ReadIndexResponse(request.From, Core.Id, Core.Term, index, request.Entries));
    }

    private bool TryGetMember(ulong id, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Progress? progress)
    {
        if (Core.Members.TryGet(id, out progress))
            return true;
        Core.Debug($"{Core.Id:x} no progress available for {id:x}");
        return false;
    }
}

using System.Diagnostics;
using Tenet.Foundation;
using Tenet.Raft;
using Tenet.Raft.Wire;
using Tenet.Server.Maintenance;
using Tenet.Server.Observability;
using Tenet.Server.Requests;
using Tenet.State.Apply;
using Tenet.State.Auth;
using Tenet.State.Backends;
using Tenet.State.Leases;
using Tenet.State.Members;
using Tenet.Wal;

namespace Tenet.Server.Loops;

/// <summary>
/// Carries committed entries out in order, answers those who wait for them, and decides when the backend commits and when Raft's log may
/// be cut. It is the only thread that writes to the state. It never waits for the disk, except that it applies nothing more while a full
/// batch waits behind one that is still being committed. In the member of a cluster it has a thread of its own, so what it does at length
/// (taking a snapshot over) holds up nobody's timers.
/// </summary>
internal sealed partial class ApplyLoop : ITurn
{
    /// <summary>Entries applied in one turn.</summary>
    private const int EntriesPerTurn = 1_000;

    /// <summary>Applied entries after which Raft's log in memory may be cut again.</summary>
    private const ulong EntriesPerCut = 100;

    private readonly MemberOptions _options;
    private readonly MemberSeams _seams;
    private readonly EngineState _state;
    private readonly Backend _backend;
    private readonly Applier _applier;
    private readonly MemberStore _members;
    private readonly Lessor _lessor;
    private readonly PendingRequests _pending;
    private readonly AppliedIndexWaits _waits;
    private readonly ApplyInbox _inbox;
    private readonly ConsensusInbox _consensus;
    private readonly Mailbox<CommitJob> _commits;
    private readonly ApplyEvents _events;
    private readonly StorageVersions _storageVersion;
    private readonly SnapshotFiles _snapshotFiles;
    private readonly MemberMetrics _metrics;
    private readonly ulong _memberId;
    private readonly long _batchInterval;

    private readonly Queue<ApplyWork> _work = new();
    private readonly List<TaskCompletionSource> _commitWaiters = [];
    private int _position;
    private ConfState _confState;
    private ulong _appliedTerm;
    private ulong _cutIndex;
    private ulong _diskSnapshotIndex;
    private bool _snapshotForced;
    private bool _commitUnderWay;
    private long _batchOpenedAt = long.MaxValue;

    public ApplyLoop(
        MemberOptions options,
        MemberSeams seams,
        EngineState state,
        Backend backend,
        Applier applier,
        MemberStore members,
        Lessor lessor,
        PendingRequests pending,
        AppliedIndexWaits waits,
        ApplyInbox inbox,
        ConsensusInbox consensus,
        Mailbox<CommitJob> commits,
        ApplyEvents events,
        StorageVersions storageVersion,
        SnapshotFiles snapshotFiles,
        MemberMetrics metrics,
        ulong memberId,
        Snapshot snapshot)
    {
        _options = options;
        _seams = seams;
        _state = state;
        _backend = backend;
        _applier = applier;
        _members = members;
        _lessor = lessor;
        _pending = pending;
        _waits = waits;
        _inbox = inbox;
        _consensus = consensus;
        _commits = commits;
        _events = events;
        _storageVersion = storageVersion;
        _snapshotFiles = snapshotFiles;
        _metrics = metrics;
        _memberId = memberId;
        _batchInterval = (long)(options.BackendBatchInterval.TotalSeconds * seams.Clock.TimestampFrequency);
        _confState = snapshot.ConfState;
        _appliedTerm = snapshot.Term;
        _cutIndex = _diskSnapshotIndex = snapshot.Index;
        state.AppliedIndex = snapshot.Index;
    }

    public string Name => "apply";

    public long WakeAt => _commitUnderWay || _batchOpenedAt == long.MaxValue ? long.MaxValue : _batchOpenedAt + _batchInterval;

    public bool RunTurn()
    {
        bool worked = TakeCommits();
        foreach (ApplyWork work in _inbox.Work.TakeAll())
            _work.Enqueue(work);
        worked |= DoWork();
        worked |= TakeSnapshotDemands();

        // Compaction writes to the batch too.
        if (_batchOpenedAt == long.MaxValue && _backend.PendingOperations > 0)
            _batchOpenedAt = _seams.Clock.GetTimestamp();
        return Seal() || worked;
    }

    private bool TakeCommits()
    {
        bool worked = false;
        if (_inbox.TakeCommitDone())
        {
            _commitUnderWay = false;
            worked = true;
        }

        foreach (string version in _inbox.StorageVersions.TakeAll())
        {
            _storageVersion.Store(version);
            worked = true;
        }

        List<TaskCompletionSource> demands = _inbox.CommitDemands.TakeAll();
        _commitWaiters.AddRange(demands);
        return worked || demands.Count > 0;
    }

    private bool DoWork()
    {
        int left = EntriesPerTurn;
        bool installed = false;
        while (left > 0 && _work.TryPeek(out ApplyWork? work))
        {
            if (work is ApplyWork.Install install)
            {
                if (!TryInstall(install.Snapshot))
                    break;
                installed = true;
            }
            else if (!ApplyEntries(((ApplyWork.Entries)work).Apply, ref left))
            {
                break;
            }

            _work.Dequeue();
        }

        if (left == EntriesPerTurn)
            return installed;
        _waits.Reached(_state.AppliedIndex);
        CutLog();
        return true;
    }

    /// <returns>False if some of them have to wait.</returns>
    private bool ApplyEntries(StorageApply apply, ref int left)
    {
        IReadOnlyList<Entry> entries = apply.Entries;
        while (left > 0 && _position < entries.Count && !_backend.MustWait)
        {
            Apply(entries[_position++]);
            left--;
        }

        if (_position < entries.Count)
            return false;
        _position = 0;
        _consensus.Applied.TryPost(new ApplyReport.Done(apply));
        return true;
    }

    private void Apply(in Entry entry)
    {
        ulong applied = _state.AppliedIndex;
        if (entry.Index <= applied)
            return;
        Invariant.That(entry.Index == applied + 1, $"unexpected committed entry index {entry.Index} after {applied}");
        _seams.Observer?.Applying(entry);
        switch (entry.Type)
        {
            case EntryType.Normal when entry.Data.IsEmpty:
                _applier.Apply(entry.Index, entry.Term, null, hasWaiter: false, Now);
                Publish(entry);
                OnTermOpened(entry.Term);
                break;
            case EntryType.Normal:
                ApplyRequest(entry);
                break;
            case EntryType.ConfChange:
                ConfChange change = RaftCodec.ReadConfChange(entry.Data);
                ApplyConfiguration(entry, change.Type, change.NodeId, change.Context, change.Id ?? 0);
                break;
            case EntryType.ConfChangeV2:
                ConfChangeV2 general = RaftCodec.ReadConfChangeV2(entry.Data);
                ConfChangeSingle single = OnlyStep(general, entry.Index);
                ApplyConfiguration(entry, single.Type, single.NodeId, general.Context, requestId: 0);
                break;
            default:
                throw new UnsupportedEntryException(entry.Index, $"its type is {entry.Type}");
        }
    }

    private TimeSpan Now => _seams.Clock.GetElapsedTime(0);

    /// <summary>Whoever sees the index finds the entry's effects.</summary>
    private void Publish(in Entry entry)
    {
        _appliedTerm = entry.Term;
        _state.AppliedIndex = entry.Index;
    }

    private void ApplyRequest(in Entry entry)
    {
        long startedAt = _seams.Clock.GetTimestamp();
        PendingRequest? waiter = _pending.Take(RequestIdReader.Read(entry.Data.Span));

        // Only the very bytes that the waiter proposed are known to be its request; anything else is parsed.
        bool isLocal = waiter?.Request is not null && waiter.Data.Equals(entry.Data);
        var request = isLocal ? waiter!.Request : EntryDecoder.Decode(entry.Data.Span, entry.Index);
        bool isNew = _applier.IsNew(entry.Index);
        AuthView usersBefore = _events.Users;
        ApplyOutcome outcome = _applier.Apply(entry.Index, entry.Term, request, waiter is not null, Now);
        Publish(entry);
        long endedAt = _seams.Clock.GetTimestamp();
        if (request is not null && isNew)
            _events.Applied(request, outcome, usersBefore, _seams.Clock.GetElapsedTime(startedAt, endedAt));
        if (outcome.Effects != ApplyEffects.None)
            OnEffects(outcome.Effects);
        if (waiter is null)
            return;

        waiter.ApplyStartedAt = startedAt;
        waiter.AppliedAt = endedAt;
        if (waiter.Span is { } span)
            WriteSpans(waiter, span.Context, entry.Index);
        var result = new RequestResult(outcome.Response, outcome.Error, entry.Index);
        if ((outcome.Effects & ApplyEffects.NoSpaceAlarmDue) != 0)
            _ = _events.AnswerOverQuotaAsync(waiter, result);
        else
            waiter.Complete(result);
    }

    /// <summary>Elsewhere: whoever is traced must not make the others wait.</summary>
    private void WriteSpans(PendingRequest request, ActivityContext parent, ulong index)
    {
        (long arrivedAt, long proposedAt, long startedAt, long endedAt) = (request.StartedAt, request.ProposedAt, request.ApplyStartedAt, request.AppliedAt);
        ThreadPool.QueueUserWorkItem(_ => RequestSpans.Write(parent, _seams.Clock, index, _state.Times, arrivedAt, proposedAt, startedAt, endedAt));
    }

    private void OnEffects(ApplyEffects effects)
    {
        if ((effects & ApplyEffects.ClusterVersionLowered) != 0)
            _snapshotForced = true;
        _events.OnEffects(effects);
    }

    private void ApplyConfiguration(in Entry entry, ConfChangeType type, ulong nodeId, ReadOnlyMemory<byte> context, ulong requestId)
    {
        PendingRequest? waiter = requestId == 0 ? null : _pending.Take(requestId);
        if (!_applier.IsNew(entry.Index))
        {
            // Raft's configuration of the start has it already.
            Publish(entry);
            waiter?.Complete(new RequestResult(null, null, entry.Index));
            return;
        }

        State.Members.ClusterMember? before = _members.Current.Find(nodeId);
        var error = _applier.ApplyChange(entry.Index, entry.Term, new MemberChange((MemberChangeKind)type, nodeId, context));
        if (error is null)
        {
            // Raft's configuration follows the changes alone: what members are said to be can differ from it (see MembershipRules).
            _confState = _confState.After(type, nodeId);
            _applier.RecordConfiguration(_confState.Voters, _confState.Learners, [], [], autoLeave: false);
            _events.Reconfigured(type, nodeId, before);

            // Before Raft hears of it, so that its first messages to a new member find their way.
            _seams.Peers.Update(_members.Current);
        }

        Publish(entry);

        // A refused change is told to Raft as one of nobody: it changes nothing but counts as dealt with.
        var known = new ConfChangeV2(null, [new ConfChangeSingle(type, error is null ? nodeId : 0)], context);
        bool removesSelf = error is null && type == ConfChangeType.RemoveNode && nodeId == _memberId;
        _consensus.Applied.TryPost(new ApplyReport.Configuration(known, waiter, new RequestResult(null, error, entry.Index), removesSelf));
    }

    /// <summary>
    /// The one step of a change in the general form. Several steps, or an explicit joint configuration, nobody's membership can express: the
    /// members of etcd know of voters and learners only, and stop at any entry of this form.
    /// </summary>
    private static ConfChangeSingle OnlyStep(ConfChangeV2 change, ulong index) =>
        change.Changes.Count == 1 && !change.EntersJoint(out _)
            ? change.Changes[0]
            : throw new UnsupportedEntryException(index, $"it changes {change.Changes.Count} members at once, or by way of a joint configuration");

    private void OnTermOpened(ulong term)
    {
        if (_state.IsLeader && _state.Term == term)
        {
            _lessor.Promote(Now, _options.ElectionTimeout);

            // Leadership may have gone while the leases were being counted; its loss told the lessor before it was promoted. Should this
            // member lead again by now, in another term, the entry that opens that one promotes the lessor again.
            if (!_state.IsLeader || _state.Term != term)
                _lessor.Demote();
        }

        _consensus.Applied.TryPost(new ApplyReport.FirstOfTerm(term));
        _events.TermOpened();
    }

    private void CutLog()
    {
        ulong applied = _state.AppliedIndex;
        if (applied - _cutIndex <= EntriesPerCut)
            return;
        _cutIndex = applied;
        _consensus.Applied.TryPost(new ApplyReport.Snapshot(applied, _confState));
    }

    /// <summary>Hands the batch to the commit loop when it is old or large enough, or somebody asked for it.</summary>
    private bool Seal()
    {
        if (_commitUnderWay)
            return false;
        bool snapshotDue = SnapshotDue();
        bool forFollowers = CanSendSnapshots;
        bool demanded = snapshotDue || forFollowers || _commitWaiters.Count > 0;
        if (!demanded && !_backend.WantsCommit && !BatchIsOld())
            return false;

        SealedBatch? batch = _backend.Seal(force: demanded);
        _batchOpenedAt = long.MaxValue;
        if (batch is null && !demanded)
            return false;
        Snapshot? snapshot = snapshotDue ? TakeSnapshot() : null;
        _commits.TryPost(new CommitJob.Commit(batch, [.. _commitWaiters], snapshot, forFollowers ? TakeMessages() : []));
        _commitWaiters.Clear();
        _commitUnderWay = true;
        return true;
    }

    private bool BatchIsOld() => _batchOpenedAt != long.MaxValue && _seams.Clock.GetTimestamp() >= _batchOpenedAt + _batchInterval;

    private bool SnapshotDue()
    {
        ulong applied = _state.AppliedIndex;
        ulong count = _options.SnapshotCount == 0 ? MemberOptions.DefaultSnapshotCount : _options.SnapshotCount;
        return applied > _diskSnapshotIndex && (_snapshotForced || applied - _diskSnapshotIndex > count);
    }

    /// <summary>The batch just sealed ends with the last applied entry, so its commit is what the snapshot stands for.</summary>
    private Snapshot TakeSnapshot()
    {
        _snapshotForced = false;
        _diskSnapshotIndex = _state.AppliedIndex;
        return AppliedState();
    }

    private Snapshot AppliedState() => new(_state.AppliedIndex, _appliedTerm, _confState, V2StoreDocument.Write(_members.Current));
}

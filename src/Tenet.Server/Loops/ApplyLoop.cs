using Tenet.Foundation;
using Tenet.Raft;
using Tenet.Raft.Wire;
using Tenet.Server.Maintenance;
using Tenet.Server.Requests;
using Tenet.State.Apply;
using Tenet.State.Backends;
using Tenet.State.Leases;
using Tenet.State.Members;

namespace Tenet.Server.Loops;

/// <summary>
/// Carries committed entries out in order, answers those who wait for them, and decides when the backend commits and when Raft's log may
/// be cut. It is the only thread that writes to the state. It never waits for the disk, except that it applies nothing more while a full
/// batch waits behind one that is still being committed.
/// </summary>
internal sealed class ApplyLoop : ITurn
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
    private readonly long _batchInterval;

    private readonly Queue<StorageApply> _applies = new();
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
        foreach (StorageApply apply in _inbox.Entries.TakeAll())
            _applies.Enqueue(apply);
        worked |= ApplyEntries();

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

    private bool ApplyEntries()
    {
        int left = EntriesPerTurn;
        while (left > 0 && _applies.TryPeek(out StorageApply? apply))
        {
            IReadOnlyList<Entry> entries = apply.Entries;
            while (left > 0 && _position < entries.Count && !_backend.MustWait)
            {
                Apply(entries[_position++]);
                left--;
            }

            if (_position < entries.Count)
                break;
            _position = 0;
            _applies.Dequeue();
            _consensus.Applied.TryPost(new ApplyReport.Done(apply));
        }

        if (left == EntriesPerTurn)
            return false;
        _waits.Reached(_state.AppliedIndex);
        CutLog();
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
                ApplyConfiguration(entry);
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
        ApplyOutcome outcome = _applier.Apply(entry.Index, entry.Term, request, waiter is not null, Now);
        Publish(entry);
        long endedAt = _seams.Clock.GetTimestamp();
        if (request is not null && isNew)
            _events.Applied(request, outcome, _seams.Clock.GetElapsedTime(startedAt, endedAt));
        if (outcome.Effects != ApplyEffects.None)
            OnEffects(outcome.Effects);
        if (waiter is null)
            return;

        waiter.ApplyStartedAt = startedAt;
        waiter.AppliedAt = endedAt;
        var result = new RequestResult(outcome.Response, outcome.Error, entry.Index);
        if ((outcome.Effects & ApplyEffects.NoSpaceAlarmDue) != 0)
            _ = _events.AnswerOverQuotaAsync(waiter, result);
        else
            waiter.Complete(result);
    }

    private void OnEffects(ApplyEffects effects)
    {
        if ((effects & ApplyEffects.ClusterVersionLowered) != 0)
            _snapshotForced = true;
        _events.OnEffects(effects);
    }

    private void ApplyConfiguration(in Entry entry)
    {
        ConfChange change = RaftCodec.ReadConfChange(entry.Data);
        PendingRequest? waiter = change.Id is { } id and not 0 ? _pending.Take(id) : null;
        if (!_applier.IsNew(entry.Index))
        {
            // The backend's members, from which Raft's configuration was made at the start, have it already.
            Publish(entry);
            waiter?.Complete(new RequestResult(null, null, entry.Index));
            return;
        }

        var error = _applier.ApplyChange(entry.Index, entry.Term, new MemberChange((MemberChangeKind)change.Type, change.NodeId, change.Context));
        if (error is null)
        {
            ClusterView members = _members.Current;
            _confState = new ConfState(members.Voters, members.Learners);
            _applier.RecordConfiguration(_confState.Voters, _confState.Learners, [], [], autoLeave: false);
            _events.Reconfigured(change);
        }

        Publish(entry);
        ConfChange known = error is null ? change : change with { NodeId = 0 };
        _consensus.Applied.TryPost(new ApplyReport.Configuration(known.ToV2(), waiter, new RequestResult(null, error, entry.Index)));
    }

    private void OnTermOpened(ulong term)
    {
        if (_state.IsLeader && _state.Term == term)
        {
            _lessor.Promote(Now, _options.ElectionTimeout);

            // Leadership may have gone while the leases were being counted; its loss told the lessor before it was promoted.
            if (!_state.IsLeader)
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
        bool demanded = snapshotDue || _commitWaiters.Count > 0;
        if (!demanded && !_backend.WantsCommit && !BatchIsOld())
            return false;

        SealedBatch? batch = _backend.Seal(force: demanded);
        _batchOpenedAt = long.MaxValue;
        if (batch is null && !demanded)
            return false;
        Snapshot? snapshot = snapshotDue ? TakeSnapshot() : null;
        _commits.TryPost(new CommitJob.Commit(batch, [.. _commitWaiters], snapshot));
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
        return new Snapshot(_state.AppliedIndex, _appliedTerm, _confState, V2StoreDocument.Write(_members.Current));
    }
}

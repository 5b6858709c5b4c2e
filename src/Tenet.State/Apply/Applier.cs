using Google.Protobuf;
using Tenet.Foundation;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Alarms;
using Tenet.State.Auth;
using Tenet.State.Backends;
using Tenet.State.Leases;
using Tenet.State.Members;
using Tenet.State.Mvcc;
using DowngradeInfo = Tenet.State.Members.DowngradeInfo;

namespace Tenet.State.Apply;

/// <summary>
/// Carries out committed entries, one after another, on the apply thread (contract/consensus.md, 3.4). The same entries give the same state and the same answers on every
/// member; only the quota's answer depends on the size of this member's file, and it changes an answer, never the state.
/// </summary>
/// <remarks>
/// <para>
/// An entry's index and term are written with its effects, in one batch of the backend, which is sealed only between entries. So an entry at or below the backend's consistent index has had its effects
/// and is not carried out again; only cluster version, member attributes and downgrade are taken over into memory once more.
/// </para>
/// <para>
/// A refusal is a result. An exception means that the member must stop: what the entry has done by then is not complete, and the backend must not be committed any more.
/// </para>
/// </remarks>
public sealed class Applier
{
    private static readonly Version CheckpointsStoredFrom = new(3, 6, 0);

    private readonly Backend _backend;
    private readonly MvccStore _store;
    private readonly KvExecutor _kv;
    private readonly Lessor _lessor;
    private readonly AlarmStore _alarms;
    private readonly MemberStore _members;
    private readonly AuthStore _auth;
    private readonly AuthRequests _authRequests;
    private readonly Quota _quota;
    private readonly ApplierOptions _options;

    /// <summary>Joins the parts of a member's state.</summary>
    public Applier(
        Backend backend,
        MvccStore store,
        KvExecutor kv,
        Lessor lessor,
        AlarmStore alarms,
        MemberStore members,
        AuthStore auth,
        Quota quota,
        ApplierOptions options)
    {
        _backend = backend;
        _store = store;
        _kv = kv;
        _lessor = lessor;
        _alarms = alarms;
        _members = members;
        _auth = auth;
        _authRequests = new AuthRequests(auth, store);
        _quota = quota;
        _options = options;
        if (members.Current.ClusterVersion is { } version)
            FollowClusterVersion(version);
    }

    /// <summary>Whether an entry's effects are not in the backend yet.</summary>
    public bool IsNew(ulong index) => index > _backend.ConsistentIndex;

    /// <summary>Carries out a normal entry.</summary>
    /// <param name="index">The entry's index.</param>
    /// <param name="term">The entry's term.</param>
    /// <param name="request">What it carries, from <see cref="EntryDecoder"/>; null if it asks for nothing.</param>
    /// <param name="hasWaiter">Whether somebody on this member waits for the response. Reads that nobody waits for are left out.</param>
    /// <param name="now">The member's monotonic time, from which a new lease counts on a leader.</param>
    /// <exception cref="UnsupportedEntryException">The request is one that this version cannot carry out; the member must stop.</exception>
    public ApplyOutcome Apply(ulong index, ulong term, InternalRaftRequest? request, bool hasWaiter, TimeSpan now)
    {
        bool isNew = IsNew(index);
        ApplyOutcome outcome = default;
        if (request is not null)
            outcome = ApplyMembership(index, request, isNew) ?? (isNew ? ApplyRequest(index, request, hasWaiter, now) : default);
        if (isNew)
            _backend.SetConsistentIndex(index, term);
        return outcome;
    }

    /// <summary>
    /// Puts a leader's snapshot in the place of the whole state: keys and their index, leases, alarms, members, users and roles. Everything is read from the received database before
    /// anything is replaced, so what cannot be used harms nothing; and readers on any thread have, part by part, the old state or the new. Reads, images and hashes under
    /// way go on with what they began with; watchers miss nothing, or are canceled with the compact revision. Apply thread, between entries, and no commit under way.
    /// </summary>
    /// <param name="receivedPath">The received database, in the directory of the backend's file and open nowhere. It becomes the backend's file.</param>
    /// <param name="index">The snapshot's index, which must be after everything applied.</param>
    /// <param name="document">What the snapshot itself carries: the membership, whose word counts for more than the database's (<see cref="MemberStore.Correct"/>).</param>
    /// <param name="runner">Reads the history with as many threads as there are.</param>
    /// <returns>What the member must do next. Besides, members and cluster version may be others.</returns>
    /// <exception cref="CorruptionException">The database is damaged, or not the snapshot's, or the document is none. Nothing was replaced; the member must stop.</exception>
    /// <exception cref="UnsupportedEntryException">The database uses what this version does not serve. Nothing was replaced; the member must stop.</exception>
    /// <exception cref="IOException">The disk refuses. The old or the new database is in place; the member must stop and start again.</exception>
    public ApplyEffects Install(string receivedPath, ulong index, ReadOnlyMemory<byte> document, IParallelRunner runner)
    {
        Invariant.That(IsNew(index), $"unexpected leader snapshot from outdated index {index}; applied up to {_backend.ConsistentIndex}");
        HistoryRestore restore;
        Lessor leases;
        AlarmStore alarms;
        MemberStore members;
        AuthView auth;
        ClusterView documented = V2StoreDocument.Read(document, $"the snapshot of index {index}");
        using (Backend received = _backend.OpenReceived(receivedPath, index))
        {
            auth = AuthStore.Read(received);
            members = new MemberStore(received);
            if (members.Current.ClusterVersion is { } version && IsTooNew(version))
                throw TooNew(index, version);
            alarms = new AlarmStore(received);
            leases = _lessor.Read(received);
            restore = new HistoryRestore(received, runner);
            restore.Run();
            if (restore.CurrentRevision < _store.CurrentRevision)
            {
                throw new CorruptionException(
                    receivedPath, 0, $"a history that goes on from this member's, to revision {_store.CurrentRevision} at least", $"revision {restore.CurrentRevision}");
            }

            restore.AttachLeases(leases);
        }

        _store.Replace(receivedPath, restore);
        _lessor.Replace(leases);
        _alarms.Replace(alarms);
        _members.Replace(members);
        _members.Correct(documented);
        _auth.Replace(auth);
        ApplyEffects effects = ApplyEffects.AlarmsChanged;
        if (members.Current.ClusterVersion is { } agreed)
        {
            FollowClusterVersion(agreed);
            effects |= ApplyEffects.ClusterVersionSet;
        }

        return _store.HasCompactionWork ? effects | ApplyEffects.CompactionStarted : effects;
    }

    /// <summary>
    /// Carries out a configuration change. The caller tells Raft the change if it was valid, else one that changes nothing, and then records the
    /// configuration with <see cref="RecordConfiguration"/>.
    /// </summary>
    /// <returns>
    /// Null if the change was carried out, else why not. A change whose effects are in the backend already is neither; ask <see cref="IsNew"/> before: Raft is not told
    /// of it, as its configuration then comes from the backend's members.
    /// </returns>
    public EtcdError? ApplyChange(ulong index, ulong term, MemberChange change)
    {
        if (!IsNew(index))
            return null;
        EtcdError? error = MembershipRules.Validate(_members.Current, change, _options.LearnersMax);
        if (error is null)
            _members.Apply(change);
        _backend.SetConsistentIndex(index, term);
        return error;
    }

    /// <summary>Stores Raft's configuration with the next commit, for older versions that read it.</summary>
    public void RecordConfiguration(
        IReadOnlyList<ulong> voters,
        IReadOnlyList<ulong> learners,
        IReadOnlyList<ulong> votersOutgoing,
        IReadOnlyList<ulong> learnersNext,
        bool autoLeave) =>
        _backend.SetConfState(MemberJson.WriteConfState(voters, learners, votersOutgoing, learnersNext, autoLeave));

    /// <summary>The three requests whose effect on memory is wanted even when the backend has it already; null for all others.</summary>
    private ApplyOutcome? ApplyMembership(ulong index, InternalRaftRequest request, bool isNew)
    {
        if (request.ClusterVersionSet is { } set)
            return SetClusterVersion(index, set.Ver, isNew);

        if (request.ClusterMemberAttrSet is { } attributes)
        {
            string name = attributes.MemberAttributes?.Name ?? "";
            IReadOnlyList<string> clientUrls = attributes.MemberAttributes is { } given ? [.. given.ClientUrls] : [];
            _members.SetAttributes(attributes.MemberID, name, clientUrls, isNew);
            return new ApplyOutcome(new EmptyResponse());
        }

        if (request.DowngradeInfoSet is { } downgrade)
        {
            _members.SetDowngrade(downgrade.Enabled ? new DowngradeInfo(true, downgrade.Ver) : DowngradeInfo.None, isNew);
            return new ApplyOutcome(new EmptyResponse());
        }

        return null;
    }

    private ApplyOutcome SetClusterVersion(ulong index, string text, bool isNew)
    {
        if (!Version.TryParse(text, out Version? version) || version.Build < 0)
            throw new UnsupportedEntryException(index, $"it sets the cluster version to '{text}'");
        if (IsTooNew(version))
            throw TooNew(index, version);

        Version? before = _members.Current.ClusterVersion;
        _members.SetClusterVersion(version, isNew);
        FollowClusterVersion(version);
        ApplyEffects effects = ApplyEffects.ClusterVersionSet;
        if (before is not null && version < before)
            effects |= ApplyEffects.ClusterVersionLowered;
        return new ApplyOutcome(new EmptyResponse(), Effects: effects);
    }

    private bool IsTooNew(Version version) => version.Major > _options.ServerVersion.Major
        || (version.Major == _options.ServerVersion.Major && version.Minor > _options.ServerVersion.Minor);

    private UnsupportedEntryException TooNew(ulong index, Version version) =>
        new(index, $"invalid downgrade; server version is lower than determined cluster version ({_options.ServerVersion} < {version})");

    private void FollowClusterVersion(Version version) => _lessor.ClusterStoresCheckpoints = version >= CheckpointsStoredFrom;

    private ApplyOutcome ApplyRequest(ulong index, InternalRaftRequest request, bool hasWaiter, TimeSpan now)
    {
        if ((AlarmRefusal(request) ?? AccessRefusal(request)) is { } refusal)
            return new ApplyOutcome(Error: refusal);

        // Asked before the write, as the write counts against what was there before it.
        bool withinQuota = _quota.Allows(CostOf(request));
        ApplyOutcome outcome = Dispatch(index, request, hasWaiter, now);
        return withinQuota || outcome.Error is not null
            ? outcome
            : outcome with { Error = EtcdErrors.NoSpace, Effects = outcome.Effects | ApplyEffects.NoSpaceAlarmDue };
    }

    private EtcdError? AlarmRefusal(InternalRaftRequest request)
    {
        if (_alarms.All.Count == 0)
            return null;
        bool reads = request.Range is not null;
        bool writes = request.Put is not null || request.DeleteRange is not null || request.Txn is not null || request.Compaction is not null
            || request.LeaseGrant is not null || request.LeaseRevoke is not null;
        if ((reads || writes) && _alarms.IsRaised(AlarmType.Corrupt))
            return EtcdErrors.Corrupt;
        return CostOf(request) > 0 && _alarms.IsRaised(AlarmType.Nospace) ? EtcdErrors.NoSpace : null;
    }

    /// <summary>
    /// Asked again though the door has asked already: what was true there may have changed before this place in the log, and here every member sees the same.
    /// </summary>
    private EtcdError? AccessRefusal(InternalRaftRequest request)
    {
        AuthView view = _auth.Current;
        if (!view.Enabled)
            return null;
        AuthIdentity who = request.Header is { } header ? new AuthIdentity(header.Username, header.AuthRevision) : default;
        return new Access(view, _lessor, who).Check(request);
    }

    private static long CostOf(InternalRaftRequest request)
    {
        if (request.Put is { } put)
            return KvValidation.QuotaCost(put);
        if (request.Txn is { } txn)
            return KvValidation.QuotaCost(txn);
        return request.LeaseGrant is null ? 0 : Quota.LeaseCost;
    }

    private ApplyOutcome Dispatch(ulong index, InternalRaftRequest request, bool hasWaiter, TimeSpan now)
    {
        if (request.Put is { } put)
            return Result(_kv.Execute(put));
        if (request.Txn is { } txn)
            return Result(_kv.Execute(txn, skipRanges: !hasWaiter));
        if (request.DeleteRange is { } delete)
            return Result(_kv.Execute(delete));
        if (request.Range is { } range)
            return hasWaiter ? Read(range) : default;
        if (request.Compaction is { } compaction)
            return Compact(compaction);
        if (request.LeaseGrant is { } grant)
            return Grant(grant, now);
        if (request.LeaseRevoke is { } revoke)
            return Revoke(revoke);
        if (request.LeaseCheckpoint is { } checkpoint)
            return Checkpoint(checkpoint, now);
        if (request.Alarm is { } alarm)
            return ApplyAlarm(alarm);
        if (request.DowngradeVersionTest is not null)
            return new ApplyOutcome(new EmptyResponse());
        return _authRequests.Apply(index, request, hasWaiter) ?? throw new UnsupportedEntryException(index, "it carries no request that this version knows");
    }

    private static ApplyOutcome Result<T>(Outcome<T> outcome)
        where T : class, IMessage => new(outcome.Response, outcome.Error);

    private ApplyOutcome Read(RangeRequest request)
    {
        Outcome<RangeResult> outcome = _kv.Range(request);
        if (outcome.IsRefused)
            return new ApplyOutcome(Error: outcome.Error);
        using RangeResult result = outcome.Response;
        return new ApplyOutcome(result.ToResponse());
    }

    private ApplyOutcome Compact(CompactionRequest request)
    {
        ApplyOutcome outcome = Result(_kv.Execute(request));
        return outcome.Error is null ? outcome with { Effects = ApplyEffects.CompactionStarted } : outcome;
    }

    private ApplyOutcome Grant(LeaseGrantRequest request, TimeSpan now)
    {
        EtcdError? error = _lessor.Grant(request.ID, request.TTL, now, out long granted);
        return error is null
            ? new ApplyOutcome(new LeaseGrantResponse { Header = Header(), ID = request.ID, TTL = granted })
            : new ApplyOutcome(Error: error);
    }

    private ApplyOutcome Revoke(LeaseRevokeRequest request)
    {
        if (request.ID == 0 || !_lessor.Exists(request.ID))
            return new ApplyOutcome(Error: EtcdErrors.LeaseNotFound);

        // The keys in their order and in one revision, so that every member's history and every watcher sees the same.
        IReadOnlyList<ReadOnlyMemory<byte>> keys = _lessor.KeysOf(request.ID);
        if (keys.Count > 0)
        {
            using MvccWrite write = _store.BeginWrite();
            foreach (ReadOnlyMemory<byte> key in keys)
                write.DeleteRange(key.Span, []);
        }

        _lessor.Remove(request.ID);
        return new ApplyOutcome(new LeaseRevokeResponse { Header = Header() });
    }

    private ApplyOutcome Checkpoint(LeaseCheckpointRequest request, TimeSpan now)
    {
        foreach (LeaseCheckpoint checkpoint in request.Checkpoints)
            _lessor.Checkpoint(checkpoint.ID, checkpoint.RemainingTTL, now);
        return new ApplyOutcome(new LeaseCheckpointResponse { Header = Header() });
    }

    private ApplyOutcome ApplyAlarm(AlarmRequest request)
    {
        var response = new AlarmResponse { Header = Header() };
        var alarm = new Alarm(request.MemberID, request.Alarm);
        switch (request.Action)
        {
            case AlarmRequest.Types.AlarmAction.Get:
                foreach (Alarm raised in _alarms.Get(request.Alarm))
                    response.Alarms.Add(raised.ToMessage());
                return new ApplyOutcome(response);
            case AlarmRequest.Types.AlarmAction.Activate:
                if (request.Alarm == AlarmType.None)
                    return new ApplyOutcome(response);
                bool raisedNow = _alarms.Activate(alarm);
                response.Alarms.Add(alarm.ToMessage());
                return new ApplyOutcome(response, Effects: raisedNow ? ApplyEffects.AlarmsChanged : ApplyEffects.None);
            case AlarmRequest.Types.AlarmAction.Deactivate:
                if (!_alarms.Deactivate(alarm))
                    return new ApplyOutcome(response);
                response.Alarms.Add(alarm.ToMessage());
                return new ApplyOutcome(response, Effects: ApplyEffects.AlarmsChanged);
            default:
                return new ApplyOutcome(Error: EtcdErrors.UnknownMethod);
        }
    }

    private ResponseHeader Header() => new() { Revision = _store.CurrentRevision };
}

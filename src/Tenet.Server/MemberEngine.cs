using Tenet.Foundation;
using Tenet.Foundation.Logging;
using Tenet.Raft;
using Tenet.Server.Auth;
using Tenet.Server.Bootstrap;
using Tenet.Server.Leadership;
using Tenet.Server.Loops;
using Tenet.Server.Maintenance;
using Tenet.Server.Observability;
using Tenet.Server.Peers;
using Tenet.Server.Reads;
using Tenet.Server.Requests;
using Tenet.Server.Services;
using Tenet.State.Alarms;
using Tenet.State.Apply;
using Tenet.State.Auth;
using Tenet.State.Backends;
using Tenet.State.Leases;
using Tenet.State.Members;
using Tenet.State.Mvcc;
using Tenet.State.Watch;
using Tenet.Wal;

namespace Tenet.Server;

/// <summary>Joins a member's loops and state, and takes them apart again. Has no thread of its own.</summary>
internal sealed class MemberEngine
{
    /// <summary>Bytes of entries under way to one follower: what waits in memory for a slow disk over there, or for the network.</summary>
    private const ulong InflightBytesMax = 64 << 20;

    private readonly TaskCompletionSource<string> _failure = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping;
    private readonly ConsensusLoop _consensusLoop;
    private readonly LeavingFiles _leaving;
    private readonly WriteAheadLog _log;
    private readonly VersionLoop _versions;
    private int _stopped;

    private MemberEngine(MemberOptions options, MemberSeams seams, RecoveredMember recovered, MemberMetrics metrics, TokenIssuer tokens)
    {
        var stopping = new CancellationTokenSource();
        _stopping = stopping;
        _log = recovered.Log;
        ClusterId = recovered.ClusterId;
        Remotes = recovered.Remotes;
        IsRestart = recovered.Founders.Count == 0 && recovered.Remotes.Count == 0;
        var state = new EngineState();
        var consensusSignal = new WakeSignal();
        var logSignal = new WakeSignal();
        var applySignal = new WakeSignal();
        var commitSignal = new WakeSignal();
        var watchSignal = new WakeSignal();
        var upkeepSignal = new WakeSignal();
        var purgeSignal = new WakeSignal();
        var corruptionSignal = new WakeSignal();
        var defragmentationSignal = new WakeSignal();

        // State. Leases come before the store, which attaches keys to them.
        Backend backend = recovered.Backend;
        var lessor = new Lessor(backend, new LessorOptions
        {
            TtlMinSeconds = (3 * options.ElectionTimeout.Ticks / 2 + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond,
            RevokeRetry = options.RequestTimeout,
            Checkpoints = options.LeaseCheckpoints,
            PersistCheckpoints = options.LeaseCheckpointPersist,
            CompleteOnPool = seams.CompleteOnPool,
        });
        MvccStore store = MvccStore.Restore(backend, lessor, seams.Parallel ?? SequentialRunner.Instance);
        var alarms = new AlarmStore(backend);
        var members = new MemberStore(backend);
        var auth = new AuthStore(backend) { Tokens = tokens.Simple };
        backend.CommitNow();
        if (store.CompactRevision > 0)
        {
            seams.Log.Info(
                "restored last compact revision", new LogField("meta-bucket-name-key", "finishedCompactRev"), new LogField("restored-compact-revision", store.CompactRevision));
        }

        if (members.Current.Downgrade is { Enabled: true } downgrade)
        {
            seams.Log.Info(
                "cluster is downgrading to target version",
                new LogField("target-cluster-version", downgrade.TargetVersion),
                new LogField("current-server-version", MemberOptions.ServerVersion));
        }

        seams.Log.Info("kvstore restored", new LogField("current-rev", store.CurrentRevision));
        var executor = new KvExecutor(store, lessor);
        var quota = new Quota(backend, options.QuotaBackendBytes);
        var applier = new Applier(
            backend,
            store,
            executor,
            lessor,
            alarms,
            members,
            auth,
            quota,
            new ApplierOptions { ServerVersion = Version.Parse(MemberOptions.ServerVersion), LearnersMax = options.MaxLearners });
        var watches = new WatchHub(store, new WatchHubOptions
        {
            ClusterId = recovered.ClusterId,
            MemberId = recovered.MemberId,
            RaftTerm = () => state.Term,
            WorkArrived = watchSignal.Set,
            FragmentBytes = options.MaxRequestBytes + 512 * 1024,
            ProgressInterval = options.WatchProgressNotifyInterval,
            ProgressSeed = seams.Random.NextUInt64(),
            CompleteOnPool = seams.CompleteOnPool,
        });
        store.Observer = watches;

        // The ways between the loops.
        Consensus = new ConsensusInbox(consensusSignal);
        var logInbox = new LogInbox(logSignal);
        ApplyInbox applyInbox = Applying = new ApplyInbox(applySignal);
        var commits = new Mailbox<CommitJob>(commitSignal);
        var pending = new PendingRequests();
        var waits = new AppliedIndexWaits(state, seams.CompleteOnPool);
        var ids = new RequestIdGenerator(recovered.MemberId, seams.Clock.GetUtcNow());
        var requests = new RequestPath(options, seams, state, ids, auth, pending, Consensus, metrics.ProposalsFailed);
        var reads = new LinearizableReads(options, seams, state, ids, Consensus, metrics.SlowReadIndexes, metrics.FailedReadIndexes);
        var storageVersion = new StorageVersions(backend);
        var quotaGuard = new QuotaGuard(seams, recovered.MemberId, quota, requests);
        var events = new ApplyEvents(options, seams, recovered.ClusterId, recovered.MemberId, members, alarms, auth, metrics);

        // The loops.
        MemoryStorage storage = Storage(recovered);
        var node = new RaftNode(
            new RaftOptions
            {
                Id = recovered.MemberId,
                ElectionTicks = options.ElectionTicks,
                PreVote = options.PreVote,
                InflightBytesMax = InflightBytesMax,
            },
            storage,
            seams.Random.Fork(),
            new RaftLines(seams.Log));
        Node = node;
        if (recovered.Founders.Count > 0)
            node.Bootstrap(recovered.Founders);
        _consensusLoop = new ConsensusLoop(
            options, seams, state, node, storage, Consensus, logInbox, applyInbox, reads, pending, members, metrics, lessor.Demote, () => OthersJoined?.Invoke());
        var logLoop = new LogLoop(recovered.Log, recovered.SnapshotFiles, logInbox, Consensus, purgeSignal, seams.Clock, state.Times);
        var applyLoop = new ApplyLoop(
            options, seams, state, backend, applier, members, lessor, pending, waits, applyInbox, Consensus, commits, events, storageVersion,
            recovered.SnapshotFiles, metrics, recovered.MemberId, recovered.Snapshot);
        var commitLoop = new CommitLoop(options, seams, recovered.MemberId, recovered.Snapshot.Index, backend, recovered.SnapshotFiles, commits, applyInbox, logInbox, metrics);
        _leaving = new LeavingFiles(purgeSignal);
        backend.TakesReplaced = _leaving.Take;
        var defragmentation = new DefragmentationLoop(seams, store, backend, defragmentationSignal, metrics);
        var compaction = new CompactionLoop(options, seams, store, backend, upkeepSignal, applySignal.Set, metrics);
        _versions = new VersionLoop(
            options, seams, state, members, storageVersion, requests, applyInbox, upkeepSignal, recovered.MemberId, recovered.ClusterId, stopping.Token);
        LeaderWatch = new LeaderWatch(options, seams, state);
        events.RaiseNoSpace = quotaGuard.RaiseAsync;
        events.CompactionStarted = compaction.Wake;
        events.VersionsDue = _versions.Wake;
        events.ShowAlarms();
        events.ShowClusterVersion();

        Leadership = new LeadershipHandover(options, seams, state, members, Consensus, recovered.MemberId);
        Core = new MemberCore
        {
            Options = options,
            Seams = seams,
            MemberId = recovered.MemberId,
            State = state,
            Ids = ids,
            Consensus = Consensus,
            Requests = requests,
            Access = new Authorization(options, seams, state, auth, lessor, tokens, reads, waits),
            Passwords = new PasswordPool(PasswordPool.DefaultThreads, seams.CompleteOnPool),
            Quota = quotaGuard,
            Reads = reads,
            Applied = waits,
            Commits = new BackendCommits(applyInbox, seams.CompleteOnPool),
            Defragmentation = defragmentation,
            Compaction = compaction,
            Backend = backend,
            Store = store,
            Executor = executor,
            Lessor = lessor,
            Alarms = alarms,
            Members = members,
            Watches = watches,
            StorageVersion = storageVersion,
            Leadership = Leadership,
            Headers = new ResponseHeaders(recovered.ClusterId, recovered.MemberId, state, () => store.CurrentRevision),
            Metrics = metrics,
            StoppingToken = stopping.Token,
        };
        StateGauges.Register(seams.Metrics, Core, pending);
        AbsentParts.Register(seams.Metrics);
        Inlet = new PeerInlet(seams, state, members, Consensus, recovered.SnapshotFiles, recovered.MemberId, metrics);
        var log = new LoopShell("tenet log", logSignal, [logLoop]);
        var apply = new LoopShell("tenet apply", applySignal, [applyLoop]);
        bool alone = IsAlone(recovered);
        EngineShell = alone
            ? new LoopShell("tenet engine", consensusSignal, [_consensusLoop, logLoop, applyLoop])
            : new LoopShell("tenet consensus", consensusSignal, [_consensusLoop]);
        PartedShells = alone ? [log, apply] : [];
        LoopShell[] rest =
        [
            new("tenet commit", commitSignal, [commitLoop]),
            new("tenet defragment", defragmentationSignal, [defragmentation]),
            new("tenet watch", watchSignal, [new WatchLoop(seams, watches)]),
            new("tenet upkeep", upkeepSignal,
            [
                new LeaseLoop(seams, state, lessor, requests, metrics),
                compaction,
                _versions,
                LeaderWatch,
                new AutoCompactionLoop(options, seams, state, store, requests),
            ]),

            // A hash over everything takes its time.
            new("tenet corruption", corruptionSignal, [new CorruptionLoop(Core, recovered.ClusterId, corruptionSignal)]),

            // Files that come and go: it waits for the disk, and the timers of the upkeep must not.
            new("tenet purge", purgeSignal, [new PurgeLoop(options, seams, recovered.Log, _leaving)]),
        ];
        OtherShells = alone ? rest : [log, apply, .. rest];
    }

    public ulong ClusterId { get; }

    /// <summary>The members of a cluster that is being joined for the first time.</summary>
    public IReadOnlyList<ClusterMember> Remotes { get; }

    /// <summary>Whether the member has lived before.</summary>
    public bool IsRestart { get; }

    public MemberCore Core { get; }

    public ConsensusInbox Consensus { get; }

    public ApplyInbox Applying { get; }

    /// <summary>Belongs to the consensus loop; a simulation looks at it between turns.</summary>
    public RaftNode Node { get; }

    public LeaderWatch LeaderWatch { get; }

    public Task<string> Failure => _failure.Task;

    public Task Ready => _versions.Ready;

    /// <summary>What the peers have for Raft.</summary>
    public PeerInlet Inlet { get; }

    /// <summary>Hands leadership to others.</summary>
    public LeadershipHandover Leadership { get; }

    /// <summary>The thread of the consensus loop, and for a member that is alone of log and apply too.</summary>
    public LoopShell EngineShell { get; }

    /// <summary>What gets threads of its own out of <see cref="EngineShell"/> when a member that was alone is not any more.</summary>
    public IReadOnlyList<LoopShell> PartedShells { get; }

    /// <summary>All other threads.</summary>
    public IReadOnlyList<LoopShell> OtherShells { get; }

    /// <summary>Called once on the consensus loop, when the cluster has more than one member.</summary>
    public Action? OthersJoined { get; set; }

    public IReadOnlyList<ITurn> Turns => [.. EngineShell.Turns, .. OtherShells.SelectMany(static shell => shell.Turns)];

    /// <exception cref="MemberStartException">The member cannot start.</exception>
    public static async Task<MemberEngine> OpenAsync(MemberOptions options, MemberSeams seams)
    {
        var metrics = new MemberMetrics(seams.Metrics);
        TokenIssuer tokens = TokenOptions.Open(options, seams);
        RecoveredMember recovered = await new MemberRecovery(options, seams, new WalMeter(metrics)).RunAsync();
        try
        {
            return new MemberEngine(options, seams, recovered, metrics, tokens);
        }
        catch
        {
            recovered.Log.Dispose();
            recovered.Backend.Dispose();
            throw;
        }
    }

    /// <summary>New requests are refused from now on.</summary>
    /// <returns>False if the member is stopping already.</returns>
    public bool BeginStop()
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 1)
            return false;
        Say("closing etcd server");
        Refuse();
        return true;
    }

    /// <summary>After the last turn: everything applied goes to the backend, the log is closed.</summary>
    public void EndStop()
    {
        _consensusLoop.Stop();
        if (!_failure.Task.IsCompleted)
            CommitLast();
        Close();
        Say("closed etcd server");
    }

    private void Say(string what) => Core.Log.Info(
        what,
        new LogField("name", Core.Options.Name),
        new LogField("data-dir", Core.Options.DataDirectory),
        new LogField("advertise-peer-urls", Core.Options.AdvertisePeerUrls),
        new LogField("advertise-client-urls", Core.Options.AdvertiseClientUrls));

    /// <summary>Before the first turn: the member does not start after all. Nothing was written.</summary>
    public void Abandon()
    {
        Refuse();
        if (Interlocked.Exchange(ref _stopped, 1) == 0)
            Close();
    }

    /// <summary>A turn has failed: nothing is answered any more but refusals.</summary>
    public void BeginFail(Exception failure)
    {
        Refuse();
        Core.Seams.Peers.Stop();
        if (failure is MemberRemovedException)
        {
            Core.Log.Warn("server error", new LogField("error", failure.Message));
            Core.Log.Warn("data-dir used by this member must be removed", new LogField("data-dir", Core.Options.DataDirectory));
            return;
        }

        Core.Log.Panic(Line(failure), new LogField("error", failure));
    }

    /// <summary>
    /// After the last turn. What was applied may be half an entry, so the backend is not committed: recovery applies it again. Not so when
    /// the member was removed from its cluster: it was between two entries, and the next start must find that out at once.
    /// </summary>
    public void EndFail(Exception failure)
    {
        _consensusLoop.Stop();
        if (failure is MemberRemovedException && Volatile.Read(ref _stopped) == 0)
            CommitLast();
        _failure.TrySetResult(Line(failure));
        if (Interlocked.Exchange(ref _stopped, 1) == 0)
            Close();
    }

    private static string Line(Exception failure) => failure switch
    {
        MemberRemovedException => MemberRemovedException.Line,
        InvariantException => $"the member stops: it contradicts itself: {failure.Message}",
        CorruptionException => $"the member stops: damaged data: {failure.Message}",
        IOException => $"the member stops: the disk failed: {failure.Message}",
        _ => $"the member stops: {failure.Message}",
    };

    private void Refuse()
    {
        Core.State.Stopping = true;
        _ = Core.Seams.CancelAsync(_stopping);
    }

    private void CommitLast()
    {
        try
        {
            Core.Backend.CommitNow();
        }
        catch (IOException failure)
        {
            // Everything is in the log; the next start applies it again.
            Core.Log.Error("failed to commit the backend", new LogField("error", failure));
        }
    }

    private void Close()
    {
        try
        {
            _log.Dispose();
        }
        catch (IOException failure)
        {
            // What was acknowledged has been synced before; recovery deals with the rest.
            Core.Log.Warn("failed to close the write-ahead log", new LogField("error", failure));
        }

        Core.Backend.Dispose();
        _leaving.Close();
    }

    /// <summary>A member that has nobody beside it, and founds no cluster with others and joins none.</summary>
    private static bool IsAlone(RecoveredMember recovered)
    {
        ConfState known = recovered.Snapshot.ConfState;
        int members = recovered.Founders.Count + known.Voters.Count + known.Learners.Count;
        return members == 1;
    }

    private static MemoryStorage Storage(RecoveredMember recovered)
    {
        var storage = new MemoryStorage();
        storage.ApplySnapshot(recovered.Snapshot);
        storage.SetHardState(recovered.HardState);
        storage.Append(recovered.Entries);
        return storage;
    }
}

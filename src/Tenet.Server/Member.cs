using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Raft;
using Tenet.Server.Bootstrap;
using Tenet.Server.Loops;
using Tenet.Server.Peers;
using Tenet.Server.Services;
using Tenet.Server.Services.Elections;
using Tenet.Server.Services.Locks;
using Tenet.Server.Services.Recipes;

namespace Tenet.Server;

/// <summary>
/// One member of a cluster: its loops, its state, its services. Nothing is acknowledged before its log entry is synced and applied.
/// A failed sync, a failed apply or a broken invariant stops the member with one clear line, never the process.
/// </summary>
public sealed class Member : IAsyncDisposable
{
    private readonly MemberEngine _engine;
    private readonly MemberThreads? _threads;
    private readonly Lock _stopLock = new();
    private Task? _stop;

    private Member(MemberEngine engine, bool withThreads)
    {
        _engine = engine;
        Kv = new KvService(engine.Core);
        Watch = new WatchService(engine.Core);
        Lease = new LeaseService(engine.Core);
        Cluster = new ClusterService(engine.Core);
        Auth = new AuthService(engine.Core);
        Maintenance = new MaintenanceService(engine.Core);
        Lock = new LockService(BeginRecipe);
        Election = new ElectionService(BeginRecipe);
        Peers = new PeerService(engine, Lease, Cluster);
        Door = new Door(engine.Core, engine.LeaderWatch);
        _threads = withThreads ? new MemberThreads(engine) : null;
    }

    /// <summary>The KV service.</summary>
    public KvService Kv { get; }

    /// <summary>The Watch service.</summary>
    public WatchService Watch { get; }

    /// <summary>The Lease service.</summary>
    public LeaseService Lease { get; }

    /// <summary>The Cluster service.</summary>
    public ClusterService Cluster { get; }

    /// <summary>The Auth service.</summary>
    public AuthService Auth { get; }

    /// <summary>The Maintenance service.</summary>
    public MaintenanceService Maintenance { get; }

    /// <summary>The Lock service.</summary>
    public LockService Lock { get; }

    /// <summary>The Election service.</summary>
    public ElectionService Election { get; }

    /// <summary>What the member does for its peers.</summary>
    public PeerService Peers { get; }

    /// <summary>
    /// Completes when the member has stopped itself, with one line that says why: a failed sync, a failed apply, a broken invariant.
    /// Never completes otherwise.
    /// </summary>
    public Task<string> Failure => _engine.Failure;

    /// <summary>Completes when the member has published itself to its cluster and may serve clients.</summary>
    public Task Ready => _engine.Ready;

    /// <summary>The loops, for a caller that runs them itself (see <see cref="OpenAsync"/>).</summary>
    public IReadOnlyList<ITurn> Turns => _engine.Turns;

    /// <summary>What the member knows of itself now.</summary>
    public MemberStatus Status
    {
        get
        {
            MemberCore core = _engine.Core;
            return new MemberStatus
            {
                MemberId = core.MemberId,
                ClusterId = _engine.ClusterId,
                Leader = core.State.Lead,
                Term = core.State.Term,
                CommittedIndex = core.State.CommittedIndex,
                AppliedIndex = core.State.AppliedIndex,
                IsLearner = core.Members.Current.Find(core.MemberId) is { IsLearner: true },
                ClusterVersion = core.Members.Current.ClusterVersion?.ToString(3),
                StorageVersion = core.StorageVersion.Detect()?.ToString(3),
                Alarms = [.. core.Alarms.All.Select(static alarm => alarm.Type)],
            };
        }
    }

    /// <summary>Whether callers have to say who they are.</summary>
    public bool AuthenticationIsOn => _engine.Core.Access.IsOn;

    /// <summary>How Raft stands; on the leader, with what it knows of the others.</summary>
    public Task<RaftStatus> RaftStatusAsync(CancellationToken cancellation) => _engine.Core.RaftStatusAsync(cancellation);

    internal Door Door { get; }

    internal MemberEngine Engine => _engine;

    /// <summary>
    /// Recovers the member from its disk, or asks the cluster that it is to join, without starting a thread: the caller runs
    /// <see cref="Turns"/>, one at a time. Completes at once unless other members have to be asked.
    /// </summary>
    /// <exception cref="MemberStartException">The data directory or the options do not allow a start.</exception>
    /// <exception cref="Foundation.CorruptionException">A file is damaged; the message names it and the place.</exception>
    public static async Task<Member> OpenAsync(MemberOptions options, MemberSeams seams)
    {
        var member = new Member(await MemberEngine.OpenAsync(options, seams), withThreads: false);
        await member.ConnectPeersAsync();
        return member;
    }

    /// <summary>As <see cref="OpenAsync"/>, with threads of its own. Returns before an election; see <see cref="Ready"/>.</summary>
    /// <exception cref="MemberStartException">The data directory, the options or the cluster do not allow a start.</exception>
    /// <exception cref="Foundation.CorruptionException">A file is damaged; the message names it and the place.</exception>
    public static async Task<Member> StartAsync(MemberOptions options, MemberSeams seams)
    {
        MemberEngine engine = await MemberEngine.OpenAsync(options, seams with { Parallel = seams.Parallel ?? PoolRunner.Instance });
        var member = new Member(engine, withThreads: true);
        await member.ConnectPeersAsync();
        member._threads!.Start();
        return member;
    }

    /// <summary>
    /// Whether a read would be answered now: null, or the text of the refusal. A serializable read asks this member alone; the other kind
    /// proves that the cluster agrees. Bounded by the request timeout.
    /// </summary>
    public async ValueTask<string?> ProbeReadAsync(bool serializable, CancellationToken cancellation)
    {
        if (_engine.Core.State.Stopping)
            return EtcdErrors.Stopped.Message;
        if (serializable)
            return null;
        try
        {
            await _engine.Core.Reads.WaitAsync(cancellation);
            return null;
        }
        catch (RefusalException refusal)
        {
            return refusal.Message;
        }
        catch (OperationCanceledException)
        {
            return EtcdErrors.ContextDeadlineExceeded.Message;
        }
    }

    /// <summary>
    /// If this member leads and somebody else can, hands leadership over: completes when that has happened or cannot happen, after no more
    /// than the request timeout. A caller that runs the turns goes on doing so meanwhile.
    /// </summary>
    public Task HandOverAsync() => _engine.Leadership.LeaveAsync();

    /// <summary>
    /// Refuses new requests, ends the loops, commits the backend, closes the log. With threads of its own, the member hands leadership over
    /// before; a caller that runs the turns does so itself, with <see cref="HandOverAsync"/>. Later calls wait for the first.
    /// </summary>
    public Task StopAsync() => StopAsync(handOver: true);

    /// <summary>As <see cref="StopAsync()"/>; a member that nobody can hear any more need not offer its leadership.</summary>
    public Task StopAsync(bool handOver)
    {
        lock (_stopLock)
            return _stop ??= StopOnceAsync(handOver);
    }

    /// <summary>
    /// For a caller that runs the turns itself and has seen one throw: the member stops with that failure, as it does with threads of its
    /// own. No turn may be run afterwards.
    /// </summary>
    public void Fail(Exception failure)
    {
        _engine.BeginFail(failure);
        _engine.EndFail(failure);
    }

    private RecipeCall BeginRecipe(CallContext call) => new(_engine.Core, Kv, Lease, Watch, call);

    private async Task StopOnceAsync(bool handOver)
    {
        if (_threads is not null && handOver)
            await HandOverAsync();
        if (!_engine.BeginStop())
            return;
        _engine.Core.Seams.Peers.Stop();
        _threads?.Stop();
        _engine.EndStop();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync();

    /// <summary>
    /// From here on this member answers questions about what it holds; its loops do not run yet. Members that start together ask each other,
    /// so nobody waits for somebody who waits.
    /// </summary>
    private async Task ConnectPeersAsync()
    {
        IPeerTransport peers = _engine.Core.Seams.Peers;
        peers.Start(Peers);
        if (_engine.Remotes.Count > 0)
            peers.AddRemotes(_engine.Remotes);
        if (_engine.Core.Members.Current is { Members.Count: > 0 } members)
            peers.Update(members);
        if (!_engine.IsRestart)
            return;
        try
        {
            await new InitialHashCheck(_engine.Core, _engine.ClusterId).RunAsync();
        }
        catch
        {
            peers.Stop();
            _engine.Abandon();
            throw;
        }
    }
}

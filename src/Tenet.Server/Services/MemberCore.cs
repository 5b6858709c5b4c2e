using Google.Protobuf;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Raft;
using Tenet.Server.Auth;
using Tenet.Server.Leadership;
using Tenet.Server.Loops;
using Tenet.Server.Maintenance;
using Tenet.Server.Observability;
using Tenet.Server.Reads;
using Tenet.Server.Requests;
using Tenet.State.Alarms;
using Tenet.State.Auth;
using Tenet.State.Backends;
using Tenet.State.Leases;
using Tenet.State.Members;
using Tenet.State.Mvcc;
using Tenet.State.Watch;
using ClusterMember = Tenet.State.Members.ClusterMember;

namespace Tenet.Server.Services;

/// <summary>What the services share: the ways into the loops, and the state that they read.</summary>
internal sealed class MemberCore
{
    public required MemberOptions Options { get; init; }

    public required MemberSeams Seams { get; init; }

    public required ulong MemberId { get; init; }

    public required EngineState State { get; init; }

    public required RequestIdGenerator Ids { get; init; }

    public required ConsensusInbox Consensus { get; init; }

    public required RequestPath Requests { get; init; }

    public required Authorization Access { get; init; }

    public required PasswordPool Passwords { get; init; }

    public required QuotaGuard Quota { get; init; }

    public required LinearizableReads Reads { get; init; }

    public required AppliedIndexWaits Applied { get; init; }

    public required BackendCommits Commits { get; init; }

    public required DefragmentationLoop Defragmentation { get; init; }

    public required CompactionLoop Compaction { get; init; }

    public required Backend Backend { get; init; }

    public required MvccStore Store { get; init; }

    public required KvExecutor Executor { get; init; }

    public required Lessor Lessor { get; init; }

    public required AlarmStore Alarms { get; init; }

    public required MemberStore Members { get; init; }

    public required WatchHub Watches { get; init; }

    public required StorageVersions StorageVersion { get; init; }

    public required LeadershipHandover Leadership { get; init; }

    public required ResponseHeaders Headers { get; init; }

    public required MemberMetrics Metrics { get; init; }

    /// <summary>Fires when the member begins to stop.</summary>
    public required CancellationToken StoppingToken { get; init; }

    public ILog Log => Seams.Log;

    public TimeProvider Clock => Seams.Clock;

    /// <summary>The member's monotonic time.</summary>
    public TimeSpan Now => Clock.GetElapsedTime(0);

    /// <summary>A leader that has not ticked for three heartbeats may have been replaced without knowing (contract/consensus.md, 3.3).</summary>
    public bool LeadershipIsDoubtful => Clock.GetElapsedTime(State.LastTickAt) > 3 * Options.HeartbeatInterval;

    /// <summary>Proposes a request, in the name of its caller if users are asked for.</summary>
    /// <exception cref="RefusalException">It is refused before it is proposed.</exception>
    public ValueTask<PendingRequest> SubmitAsync(InternalRaftRequest request, CallContext? context) =>
        context is not null && Access.IsOn ? SubmitAdmittedAsync(request, context) : new(Submit(request, context, default));

    /// <summary>Replicates a request and gives its response.</summary>
    /// <exception cref="RefusalException">It is refused.</exception>
    public async ValueTask<IMessage> ReplicateAsync(string kind, InternalRaftRequest request, CallContext? context) =>
        await ResultAsync(kind, await SubmitAsync(request, context));

    /// <summary>As the other form, for what everybody may ask for, whatever token they have.</summary>
    /// <exception cref="RefusalException">It is refused.</exception>
    public ValueTask<IMessage> ReplicateUncheckedAsync(string kind, InternalRaftRequest request, CallContext context) =>
        ResultAsync(kind, Submit(request, context, default));

    private async ValueTask<IMessage> ResultAsync(string kind, PendingRequest pending)
    {
        RequestResult result = await pending.Task;
        Observe(kind, result.Error is null, Clock.GetElapsedTime(pending.StartedAt));
        return result.Error is { } refusal ? throw refusal.ToException() : result.Response!;
    }

    private async ValueTask<PendingRequest> SubmitAdmittedAsync(InternalRaftRequest request, CallContext context) =>
        Submit(request, context, await Access.AdmitAsync(request, context));

    private PendingRequest Submit(InternalRaftRequest request, CallContext? context, AuthIdentity who) =>
        Requests.TrySubmit(request, context, out EtcdError? refusal, who) ?? throw refusal!.ToException();

    /// <summary>Waits, but not for long, until everything that is committed now has been applied.</summary>
    public async ValueTask WaitAppliedAsync(CancellationToken cancellation)
    {
        ulong committed = State.CommittedIndex;
        if (State.AppliedIndex >= committed)
            return;
        try
        {
            await Applied.WaitAsync(committed).WaitAsync(TimeSpan.FromSeconds(1), Clock, cancellation);
        }
        catch (TimeoutException)
        {
            throw EtcdErrors.TimeoutWaitAppliedIndex.ToException();
        }
    }

    /// <summary>The leader, as soon as there is one that the membership knows.</summary>
    /// <exception cref="RefusalException">There is none until the caller's patience ends.</exception>
    public async ValueTask<ClusterMember> WaitLeaderAsync(CancellationToken patience)
    {
        while (true)
        {
            if (Members.Current.Find(State.Lead) is { PeerUrls.Count: > 0 } leader)
                return leader;
            try
            {
                await Task.Delay(Options.HeartbeatInterval, Clock, patience);
            }
            catch (OperationCanceledException)
            {
                throw (State.Stopping ? EtcdErrors.Stopped : EtcdErrors.NoLeader).ToException();
            }
        }
    }

    /// <summary>How Raft stands.</summary>
    public Task<RaftStatus> RaftStatusAsync(CancellationToken cancellation)
    {
        var demand = new TaskCompletionSource<RaftStatus>(
            Seams.CompleteOnPool ? TaskCreationOptions.RunContinuationsAsynchronously : TaskCreationOptions.None);
        Consensus.StatusDemands.TryPost(demand);
        return demand.Task.WaitAsync(cancellation);
    }

    /// <summary>Records how long a request took.</summary>
    public void Observe(string kind, bool success, TimeSpan took) =>
        Metrics.RequestDuration.With(kind, success ? "true" : "false").Observe(took.TotalSeconds);
}

using Google.Protobuf;
using Tenet.Foundation.Metrics;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Raft;
using Tenet.Server.Loops;
using Tenet.Server.Observability;
using Tenet.State.Auth;

namespace Tenet.Server.Requests;

/// <summary>
/// The way of a replicated request up to the consensus loop and back (contract/consensus.md, 5.4). What the service checks of its
/// arguments comes before; from here on the refusals come in etcd's order: overload, size, then whatever becomes of the proposal.
/// </summary>
internal sealed class RequestPath(
    MemberOptions options,
    MemberSeams seams,
    EngineState state,
    RequestIdGenerator ids,
    AuthStore auth,
    PendingRequests pending,
    ConsensusInbox consensus,
    Counter failedProposals)
{
    /// <summary>Entries that may be committed and not yet applied before new requests are refused.</summary>
    public const ulong ApplyLagMax = 5_000;

    /// <summary>Replicates a request and waits until this member has applied it.</summary>
    /// <returns>The result; refusals are results too. The response belongs to the caller.</returns>
    public ValueTask<RequestResult> SubmitAsync(InternalRaftRequest request, CallContext? context)
    {
        PendingRequest? accepted = TrySubmit(request, context, out EtcdError? refusal);
        return accepted is null ? new(RequestResult.Refused(refusal!)) : accepted.Task;
    }

    /// <summary>As the other form, for callers that look at the request's timestamps afterwards.</summary>
    /// <returns>The registered request, or null with the refusal.</returns>
    /// <param name="request">What to replicate; its header is set here.</param>
    /// <param name="context">The call that it belongs to, if any.</param>
    /// <param name="refusal">Why it was not taken.</param>
    /// <param name="who">Who asks. What the member asks for itself, without a call, it asks as root.</param>
    /// <param name="leaderTerm">Propose it only while this member leads in this term.</param>
    public PendingRequest? TrySubmit(InternalRaftRequest request, CallContext? context, out EtcdError? refusal, AuthIdentity who = default, ulong? leaderTerm = null)
    {
        long startedAt = seams.Clock.GetTimestamp();
        ulong lagMax = options.PriorityRequests && request.LeaseRevoke is not null ? 2 * ApplyLagMax : ApplyLagMax;
        if (state.CommittedIndex > state.AppliedIndex + lagMax)
        {
            refusal = EtcdErrors.TooManyRequests;
            return null;
        }

        ulong id = ids.Next();
        request.Header = new RequestHeader { ID = id };
        if (context is null && auth.Current is { Enabled: true } view)
            who = new AuthIdentity(AuthView.Root, view.Revision);
        if (!who.IsNobody)
        {
            request.Header.Username = who.User ?? "";
            request.Header.AuthRevision = who.Revision;
        }

        int size = request.CalculateSize();
        if (size > options.MaxRequestBytes)
        {
            refusal = EtcdErrors.RequestTooLarge;
            return null;
        }

        // The one copy of keys and values between the transport and the log.
        byte[] data = new byte[size];
        request.WriteTo(data.AsSpan());

        return Post(new PendingRequest(id, request, data, context, startedAt, seams.CompleteOnPool) { LeaderTerm = leaderTerm, Span = RequestSpans.Parent }, out refusal);
    }

    /// <summary>Proposes a configuration change and waits until it is in force on this member; its identifier is given here.</summary>
    public ValueTask<RequestResult> SubmitChangeAsync(ConfChange change, CallContext? context)
    {
        ulong id = ids.Next();
        var waiter = new PendingRequest(id, null, default, context, seams.Clock.GetTimestamp(), seams.CompleteOnPool) { Change = change with { Id = id } };
        PendingRequest? accepted = Post(waiter, out EtcdError? refusal);
        return accepted is null ? new(RequestResult.Refused(refusal!)) : accepted.Task;
    }

    private PendingRequest? Post(PendingRequest waiter, out EtcdError? refusal)
    {
        pending.Add(waiter);

        // Stopping is set before the stop sweeps the waiters, so a request that is registered and does not see the flag is swept.
        if (state.Stopping)
        {
            refusal = EtcdErrors.Stopped;
            return Withdraw(waiter);
        }

        if (!consensus.Proposals.TryPost(waiter))
        {
            failedProposals.Increment();
            refusal = EtcdErrors.TooManyRequests;
            return Withdraw(waiter);
        }

        refusal = null;
        return waiter;
    }

    /// <summary>If somebody has completed the waiter meanwhile, its own result is the answer.</summary>
    private PendingRequest? Withdraw(PendingRequest waiter) => pending.Take(waiter.Id) is null ? waiter : null;
}

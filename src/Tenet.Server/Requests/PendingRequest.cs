using System.Diagnostics;
using System.Threading.Tasks.Sources;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Raft;

namespace Tenet.Server.Requests;

/// <summary>
/// A proposal whose caller waits. It is in <see cref="PendingRequests"/> from before it is proposed until somebody takes it out, and
/// only who took it out completes it.
/// </summary>
internal sealed class PendingRequest : IValueTaskSource<RequestResult>
{
    private ManualResetValueTaskSourceCore<RequestResult> _result;

    public PendingRequest(ulong id, InternalRaftRequest? request, ReadOnlyMemory<byte> data, CallContext? context, long startedAt, bool completeOnPool)
    {
        Id = id;
        Request = request;
        Data = data;
        Context = context;
        StartedAt = startedAt;
        _result.RunContinuationsAsynchronously = completeOnPool;
    }

    public ulong Id { get; }

    /// <summary>A configuration change to be proposed; null for everything else.</summary>
    public ConfChange? Change { get; init; }

    /// <summary>The request as the client sent it, so that applying it needs no second parse. Null for configuration changes.</summary>
    public InternalRaftRequest? Request { get; }

    /// <summary>The bytes that are replicated. The entry that holds these very bytes, not equal ones, carries <see cref="Request"/>.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>
    /// The request is proposed only while this member leads in this term; null for any leader. What a leader finds out by itself, such as a
    /// lease that has run out, must not come from one that was deposed meanwhile: its successor may know better.
    /// </summary>
    public ulong? LeaderTerm { get; init; }

    public CallContext? Context { get; }

    /// <summary>The span that the request belongs to; null if nobody traces it.</summary>
    public Activity? Span { get; init; }

    /// <summary>Timestamps of the steps, for the line about a slow request.</summary>
    public long StartedAt { get; }

    public long ProposedAt { get; set; }

    public long ApplyStartedAt { get; set; }

    public long AppliedAt { get; set; }

    /// <summary>Awaited once, by the caller.</summary>
    public ValueTask<RequestResult> Task => new(this, _result.Version);

    /// <summary>Once, by who took it out of <see cref="PendingRequests"/>.</summary>
    public void Complete(RequestResult result) => _result.SetResult(result);

    RequestResult IValueTaskSource<RequestResult>.GetResult(short token) => _result.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<RequestResult>.GetStatus(short token) => _result.GetStatus(token);

    void IValueTaskSource<RequestResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _result.OnCompleted(continuation, state, token, flags);
}

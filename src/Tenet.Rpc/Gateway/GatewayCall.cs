using System.Diagnostics;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Rpc.Calls;

namespace Tenet.Rpc.Gateway;

/// <summary>A call that came through the gateway. It holds nothing of the HTTP request, so a handler may outlive its caller's patience.</summary>
internal sealed class GatewayCall : CallContext, IDisposable
{
    private readonly GatewayMetadata _metadata;
    private readonly CancellationToken _aborted;
    private readonly CancellationToken _stopping;
    private readonly CancellationTokenSource _ended;
    private readonly bool _endless;
    private volatile bool _endedEarly;

    public GatewayCall(string method, string peer, GatewayMetadata metadata, bool endless, CancellationToken aborted, CancellationToken stopping)
    {
        Method = method;
        Peer = peer;
        _metadata = metadata;
        _endless = endless;
        _aborted = aborted;
        _stopping = stopping;
        _ended = endless
            ? CancellationTokenSource.CreateLinkedTokenSource(aborted, stopping)
            : CancellationTokenSource.CreateLinkedTokenSource(aborted);
        Cancellation = _ended.Token;
        if (metadata.Timeout is not { } timeout || timeout == Timeout.InfiniteTimeSpan)
            return;
        if (timeout < TimeSpan.FromMilliseconds(1))
            _ended.Cancel();
        else if (timeout.TotalMilliseconds < uint.MaxValue - 1)
            _ended.CancelAfter(timeout);
    }

    public override string Method { get; }

    public override string Peer { get; }

    public override CancellationToken Cancellation { get; }

    /// <summary>The call's span, if anybody listens; ends with the call.</summary>
    public Activity? Span { get; set; }

    /// <summary>What the call came to, if not to an answer.</summary>
    public EtcdError? Failure { get; set; }

    /// <summary>Whether the caller has set a time.</summary>
    public bool HasDeadline => _metadata.Timeout is { } timeout && timeout != Timeout.InfiniteTimeSpan;

    /// <summary>Whether that time, and nothing else, has ended the call.</summary>
    public bool IsOverdue => HasDeadline && !_endedEarly && _ended.IsCancellationRequested && !_aborted.IsCancellationRequested
        && !(_endless && _stopping.IsCancellationRequested);

    public override string? RequestHeader(string name) => _metadata.Find(name);

    /// <summary>Ends a stream whose requests cannot be read any further.</summary>
    public Task EndAsync()
    {
        _endedEarly = true;
        return _ended.CancelAsync();
    }

    /// <summary>The status to end with when the handler let itself be cancelled.</summary>
    public EtcdError WhyCanceled()
    {
        if (_aborted.IsCancellationRequested)
            return Refusals.Canceled;
        if (_endless && _stopping.IsCancellationRequested)
            return EtcdErrors.Stopped;
        return IsOverdue ? Refusals.DeadlineExceeded : Refusals.Canceled;
    }

    public void Dispose()
    {
        if (Span is { } span)
        {
            if (span.IsAllDataRequested)
                CallSpans.End(span, (int)(Failure?.Code ?? StatusCode.Ok), Failure?.Message, answeredAt: null);
            span.Dispose();
        }

        _ended.Dispose();
    }
}

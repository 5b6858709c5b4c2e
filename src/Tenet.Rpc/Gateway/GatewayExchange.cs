using System.Net;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Errors;
using Tenet.Rpc.Calls;

namespace Tenet.Rpc.Gateway;

/// <summary>One request that came through the gateway, whatever carries it.</summary>
internal sealed record GatewayExchange(
    GatewayMetadata Metadata,
    GatewayBody Body,
    GatewayReply Reply,
    IPEndPoint? Caller,
    CallServices Services,
    CancellationToken Aborted)
{
    /// <summary>The call behind it.</summary>
    public GatewayCall Open(string method, bool endless)
    {
        GatewayCall call = new(method, Caller?.ToString() ?? "@", Metadata, endless, Aborted, Services.Stopping);
        if (CallSpans.AreHeard)
            call.Span = CallSpans.Begin(call);
        return call;
    }

    /// <summary>Turns what a handler threw into a status.</summary>
    public EtcdError Judge(Exception failure, GatewayCall call)
    {
        EtcdError error = WhatOf(failure, call);
        call.Failure = error;
        return error;
    }

    private EtcdError WhatOf(Exception failure, GatewayCall call)
    {
        // Whatever the handler made of it: the caller has waited as long as it wanted to.
        if (call.IsOverdue)
            return Refusals.DeadlineExceeded;
        switch (failure)
        {
            case RefusalException refusal:
                return refusal.Error;
            case OperationCanceledException:
                return call.WhyCanceled();
            case IOException when Aborted.IsCancellationRequested:
                return Refusals.Canceled;
            default:
                Services.Log.Error("a call failed", new LogField("method", call.Method), new LogField("error", failure));
                return Refusals.HandlerFailed;
        }
    }
}

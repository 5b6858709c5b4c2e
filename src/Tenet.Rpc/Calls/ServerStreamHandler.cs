using Tenet.Protocol.Calls;

namespace Tenet.Rpc.Calls;

/// <summary>Calls with one request and a stream of responses.</summary>
internal sealed class ServerStreamHandler<TRequest, TResponse>(ServerStreamMethod<TRequest, TResponse> method, MethodMetrics metrics)
    : StreamHandler(metrics)
    where TRequest : class
    where TResponse : class
{
    public override bool Endless => method.Endless;

    protected override async Task HandleAsync(GrpcCall call)
    {
        (ReadOutcome outcome, TRequest? request) = await call.ReadAsync(method.RequestCodec, unary: false, call.Cancellation);
        if (outcome != ReadOutcome.Message)
            throw new CallRefusedException(outcome == ReadOutcome.End ? Refusals.NoStreamMessage : call.ReadRefusal!);
        Metrics.Received.Increment();
        await method.Handler(request!, new ResponseWriter<TResponse>(call, method.ResponseCodec, Metrics), call);
    }
}

using Tenet.Protocol.Calls;

namespace Tenet.Rpc.Calls;

/// <summary>Calls with streams both ways.</summary>
internal sealed class DuplexHandler<TRequest, TResponse>(DuplexMethod<TRequest, TResponse> method, MethodMetrics metrics)
    : StreamHandler(metrics)
    where TRequest : class
{
    public override bool Endless => true;

    protected override Task HandleAsync(GrpcCall call) =>
        method.Handler(
            new RequestReader<TRequest>(call, method.RequestCodec, Metrics),
            new ResponseWriter<TResponse>(call, method.ResponseCodec, Metrics),
            call);
}

using Google.Protobuf.Reflection;
using Tenet.Protocol.Calls;
using Tenet.Rpc.Calls;

namespace Tenet.Rpc.Gateway;

/// <summary>One request, a line for each answer.</summary>
internal sealed class ServerStreamGatewayMethod<TRequest, TResponse>(
    MethodDescriptor descriptor, ServerStreamMethod<TRequest, TResponse> method, MethodMetrics metrics) : StreamGatewayMethod<TResponse>(descriptor, metrics)
    where TRequest : class
    where TResponse : class
{
    public override async Task RunAsync(GatewayExchange exchange)
    {
        TRequest? request = await ReadOnlyRequestAsync(exchange, method.RequestCodec);
        if (request is null)
            return;
        using GatewayCall call = exchange.Open(Path, method.Endless);
        if (await IsOverAsync(exchange, call))
            return;
        await AnswerAsync(exchange, call, method.ResponseCodec, output =>
        {
            Metrics.Received.Increment();
            return method.Handler(request, output, call);
        });
    }
}

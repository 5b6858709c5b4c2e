using Google.Protobuf.Reflection;
using Tenet.Protocol.Calls;
using Tenet.Rpc.Calls;

namespace Tenet.Rpc.Gateway;

/// <summary>Requests one after another in the body, which may stay open; a line for each answer.</summary>
internal sealed class DuplexGatewayMethod<TRequest, TResponse>(
    MethodDescriptor descriptor, DuplexMethod<TRequest, TResponse> method, MethodMetrics metrics) : StreamGatewayMethod<TResponse>(descriptor, metrics)
    where TRequest : class
{
    public override async Task RunAsync(GatewayExchange exchange)
    {
        using GatewayCall call = exchange.Open(Path, endless: true);
        if (await IsOverAsync(exchange, call))
            return;
        var requests = new GatewayRequestReader<TRequest>(exchange.Body, method.RequestCodec, RequestShape, Metrics, call);
        await AnswerAsync(exchange, call, method.ResponseCodec, async output =>
        {
            try
            {
                await method.Handler(requests, output, call);
            }
            finally
            {
                // What ended the requests ends the call, even if the handler took it for the caller's wish.
                requests.ThrowIfRefused();
            }
        });
    }
}

using Google.Protobuf.Reflection;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Rpc.Calls;
using Tenet.Rpc.Gateway.Json;

namespace Tenet.Rpc.Gateway;

/// <summary>One request, one answer.</summary>
internal sealed class UnaryGatewayMethod<TRequest, TResponse>(
    MethodDescriptor descriptor, UnaryMethod<TRequest, TResponse> method, MethodMetrics metrics) : GatewayMethod(descriptor)
    where TRequest : class
    where TResponse : class
{
    public override async Task RunAsync(GatewayExchange exchange)
    {
        TRequest? request = await ReadOnlyRequestAsync(exchange, method.RequestCodec);
        if (request is null)
            return;
        using GatewayCall call = exchange.Open(Path, endless: false);
        if (await IsOverAsync(exchange, call))
            return;

        long started = metrics.Start();
        metrics.Received.Increment();
        using JsonOutput body = new();
        try
        {
            Write(exchange, body, await CallAsync(request, call), method.ResponseCodec, html: false);
        }
        catch (Exception failure)
        {
            EtcdError error = exchange.Judge(failure, call);
            metrics.Handled(error.Code, started);
            await exchange.Reply.RefuseAsync(error);
            return;
        }

        metrics.Handled(StatusCode.Ok, started);
        metrics.Sent.Increment();
        await exchange.Reply.AnswerAsync(body);
    }

    private async ValueTask<TResponse> CallAsync(TRequest request, GatewayCall call)
    {
        ValueTask<TResponse> answering = method.Handler(request, call);
        // A caller whose time is over hears so, whether or not the handler does.
        return call.HasDeadline ? await answering.AsTask().WaitAsync(call.Cancellation) : await answering;
    }
}

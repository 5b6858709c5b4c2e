using Google.Protobuf.Reflection;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Rpc.Calls;
using Tenet.Rpc.Gateway.Json;

namespace Tenet.Rpc.Gateway;

/// <summary>What streams have in common: lines of <c>{"result":…}</c>, and at the end perhaps one of <c>{"error":…}</c>.</summary>
internal abstract class StreamGatewayMethod<TResponse>(MethodDescriptor descriptor, MethodMetrics metrics) : GatewayMethod(descriptor)
{
    protected MethodMetrics Metrics { get; } = metrics;

    protected async Task AnswerAsync(
        GatewayExchange exchange, GatewayCall call, IMessageCodec<TResponse> codec, Func<IResponseWriter<TResponse>, Task> handler)
    {
        long started = Metrics.Start();
        EtcdError? error = null;
        try
        {
            await handler(new Writer(this, exchange, codec));
        }
        catch (Exception failure)
        {
            error = exchange.Judge(failure, call);
        }

        Metrics.Handled(error?.Code ?? StatusCode.Ok, started);
        if (!exchange.Aborted.IsCancellationRequested)
            await exchange.Reply.EndStreamAsync(error);
    }

    private sealed class Writer(StreamGatewayMethod<TResponse> method, GatewayExchange exchange, IMessageCodec<TResponse> codec) : IResponseWriter<TResponse>
    {
        public async ValueTask WriteAsync(TResponse message, CancellationToken cancellation, bool moreFollows = false)
        {
            method.Metrics.Sent.Increment();
            using JsonOutput line = new();
            line.Write("{\"result\":"u8);
            method.Write(exchange, line, message, codec, html: true);
            line.Write("}\n"u8);
            await exchange.Reply.SendLineAsync(line, moreFollows, cancellation);
        }
    }
}

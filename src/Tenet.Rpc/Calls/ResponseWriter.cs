using Tenet.Protocol.Calls;

namespace Tenet.Rpc.Calls;

/// <summary>The responses of a stream.</summary>
internal sealed class ResponseWriter<T>(GrpcCall call, IMessageCodec<T> codec, MethodMetrics metrics) : IResponseWriter<T>
{
    public ValueTask WriteAsync(T message, CancellationToken cancellation, bool moreFollows = false)
    {
        ValueTask sending = call.SendAsync(message, codec, moreFollows, cancellation);
        metrics.Sent.Increment();
        return sending;
    }
}

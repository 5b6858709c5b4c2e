using Tenet.Protocol.Calls;

namespace Tenet.Rpc.Calls;

/// <summary>The responses of a stream.</summary>
internal sealed class ResponseWriter<T>(GrpcCall call, IMessageCodec<T> codec, MethodMetrics metrics) : IResponseWriter<T>
{
    private int _uncounted;

    public ValueTask WriteAsync(T message, CancellationToken cancellation, bool moreFollows = false)
    {
        ValueTask sending = call.SendAsync(message, codec, moreFollows, cancellation);
        _uncounted++;
        if (!moreFollows)
        {
            // Once for a burst: the counter is shared by all streams of the method.
            metrics.Sent.Add(_uncounted);
            _uncounted = 0;
        }

        return sending;
    }
}

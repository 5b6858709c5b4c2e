using Tenet.Protocol.Calls;

namespace Tenet.Rpc.Calls;

/// <summary>The requests of a stream, one at a time.</summary>
internal sealed class RequestReader<T>(GrpcCall call, IMessageCodec<T> codec, MethodMetrics metrics) : IRequestReader<T>
    where T : class
{
    public async ValueTask<T?> ReadAsync(CancellationToken cancellation)
    {
        (ReadOutcome outcome, T? message) = await call.ReadAsync(codec, unary: false, cancellation);
        if (outcome == ReadOutcome.Refused)
            throw new CallRefusedException(call.ReadRefusal!);
        if (outcome == ReadOutcome.Message)
            metrics.Received.Increment();
        return message;
    }
}

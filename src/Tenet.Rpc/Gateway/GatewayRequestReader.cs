using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Rpc.Calls;
using Tenet.Rpc.Gateway.Json;

namespace Tenet.Rpc.Gateway;

/// <summary>The requests of a stream. What is no JSON ends them, as the end of the body does; what is too large ends the call.</summary>
internal sealed class GatewayRequestReader<T>(
    GatewayBody body, IMessageCodec<T> codec, MessageShape shape, MethodMetrics metrics, GatewayCall call) : IRequestReader<T>
    where T : class
{
    private bool _ended;
    private EtcdError? _refusal;

    public async ValueTask<T?> ReadAsync(CancellationToken cancellation)
    {
        if (_ended)
            return null;
        try
        {
            T? message = await body.ReadAsync(codec, shape, cancellation);
            _ended = message is null;
            if (!_ended)
                metrics.Received.Increment();
            return message;
        }
        catch (RefusalException refusal)
        {
            _ended = true;
            if (refusal.Error.Code == StatusCode.ResourceExhausted)
            {
                _refusal = refusal.Error;
                await call.EndAsync();
            }

            return null;
        }
    }

    public void ThrowIfRefused()
    {
        if (_refusal is not null)
            throw _refusal.ToException();
    }
}

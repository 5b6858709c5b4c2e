using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Health;

namespace Tenet.Rpc.Health;

/// <summary>The standard gRPC health service (contract/api.md, 3.6). Only the empty service name is known.</summary>
/// <param name="admit">Called for each call before it is answered; refuses by throwing, as a learner does. Null admits all.</param>
public sealed class HealthService(Action<CallContext>? admit = null)
{
    private readonly Lock _lock = new();
    private bool _serving = true;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The rows for the method table.</summary>
    public IReadOnlyList<Method> Methods =>
    [
        new UnaryMethod<HealthCheckRequest, HealthCheckResponse>(
            "/grpc.health.v1.Health/Check",
            ProtobufCodec<HealthCheckRequest>.Instance,
            ProtobufCodec<HealthCheckResponse>.Instance,
            Check),
        new ServerStreamMethod<HealthCheckRequest, HealthCheckResponse>(
            "/grpc.health.v1.Health/Watch",
            ProtobufCodec<HealthCheckRequest>.Instance,
            ProtobufCodec<HealthCheckResponse>.Instance,
            WatchAsync)
        {
            Endless = true,
        },
    ];

    /// <summary>Changes what is answered from now on and tells those who watch. Serving at first.</summary>
    public void SetServing(bool serving)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            if (_serving == serving)
                return;
            _serving = serving;
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        changed.SetResult();
    }

    private ValueTask<HealthCheckResponse> Check(HealthCheckRequest request, CallContext context)
    {
        admit?.Invoke(context);
        if (request.Service.Length > 0)
            throw EtcdErrors.UnknownHealthService.ToException();
        return new ValueTask<HealthCheckResponse>(Status(out _));
    }

    private async Task WatchAsync(HealthCheckRequest request, IResponseWriter<HealthCheckResponse> output, CallContext context)
    {
        admit?.Invoke(context);
        CancellationToken cancellation = context.Cancellation;
        if (request.Service.Length > 0)
        {
            // Not an error: the service may yet come. Here it never does, so the stream stays as it is.
            await output.WriteAsync(new HealthCheckResponse { Status = HealthCheckResponse.Types.ServingStatus.ServiceUnknown }, cancellation);
            await Task.Delay(Timeout.Infinite, cancellation);
        }
        while (true)
        {
            HealthCheckResponse status = Status(out Task changed);
            await output.WriteAsync(status, cancellation);
            await changed.WaitAsync(cancellation);
        }
    }

    private HealthCheckResponse Status(out Task changed)
    {
        lock (_lock)
        {
            changed = _changed.Task;
            return new HealthCheckResponse
            {
                Status = _serving ? HealthCheckResponse.Types.ServingStatus.Serving : HealthCheckResponse.Types.ServingStatus.NotServing,
            };
        }
    }
}

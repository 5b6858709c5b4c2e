using Tenet.Protocol.Errors;

namespace Tenet.Rpc.Calls;

/// <summary>What both shapes of stream have in common: how they begin, end and are counted.</summary>
internal abstract class StreamHandler(MethodMetrics metrics) : CallHandler(metrics)
{
    public sealed override async Task RunAsync(GrpcCall call)
    {
        long started = Metrics.Start();
        StatusCode code = StatusCode.Ok;
        try
        {
            await HandleAndDrainAsync(call);
            // A broken message ends the call with its own status even if the handler took it for the end.
            if (call.ReadRefusal is { } refusal)
                throw new CallRefusedException(refusal);
            await call.SucceedAsync();
        }
        catch (Exception failure)
        {
            EtcdError error = call.Judge(failure);
            code = error.Code;
            call.Fail(error);
        }
        Metrics.Handled(code, started);
    }

    private async Task HandleAndDrainAsync(GrpcCall call)
    {
        try
        {
            await HandleAsync(call);
        }
        finally
        {
            await call.DrainAsync();
        }
    }

    protected abstract Task HandleAsync(GrpcCall call);
}

using System.IO.Pipelines;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;

namespace Tenet.Rpc.Calls;

/// <summary>Unary calls. If the request has arrived and the service answers at once, the whole call runs without a task of its own.</summary>
internal sealed class UnaryHandler<TRequest, TResponse>(UnaryMethod<TRequest, TResponse> method, MethodMetrics metrics) : CallHandler(metrics)
    where TRequest : class
    where TResponse : class
{
    public override bool Endless => method.Endless;

    public override Task RunAsync(GrpcCall call)
    {
        if (!call.Reader.TryRead(out ReadResult read))
            return ReadThenAnswerAsync(call);
        ReadOutcome outcome = call.Take(read, method.RequestCodec, unary: true, out TRequest? request);
        return outcome switch
        {
            ReadOutcome.Message => Answer(call, request!),
            ReadOutcome.NeedsMore => ReadThenAnswerAsync(call),
            _ => Refuse(call, outcome),
        };
    }

    private static Task Refuse(GrpcCall call, ReadOutcome outcome)
    {
        call.Fail(outcome == ReadOutcome.End ? Refusals.NoMessage : call.ReadRefusal!);
        return Task.CompletedTask;
    }

    private async Task ReadThenAnswerAsync(GrpcCall call)
    {
        try
        {
            (ReadOutcome outcome, TRequest? request) = await call.ReadAsync(method.RequestCodec, unary: true, call.Deadline);
            await (outcome == ReadOutcome.Message ? Answer(call, request!) : Refuse(call, outcome));
        }
        catch (Exception failure)
        {
            call.Fail(call.Judge(failure));
        }
    }

    private Task Answer(GrpcCall call, TRequest request)
    {
        long started = Metrics.Start();
        Metrics.Received.Increment();
        try
        {
            ValueTask<TResponse> answering = method.Handler(request, call);
            if (answering.IsFaulted)
            {
                // A refusal that is known already is answered without being thrown: that is many times cheaper, and floods are refused so.
                Failed(call, answering.AsTask().Exception!.InnerException!, started);
                return Task.CompletedTask;
            }

            if (!answering.IsCompletedSuccessfully)
                return AwaitAnswerAsync(call, answering, started);
            Task responding = call.RespondAsync(answering.Result, method.ResponseCodec);
            if (!responding.IsCompletedSuccessfully)
                return AwaitResponseAsync(call, responding, started);
            Succeeded(started);
        }
        catch (Exception failure)
        {
            Failed(call, failure, started);
        }
        return Task.CompletedTask;
    }

    private async Task AwaitAnswerAsync(GrpcCall call, ValueTask<TResponse> answering, long started)
    {
        try
        {
            TResponse response = await answering;
            await call.RespondAsync(response, method.ResponseCodec);
            Succeeded(started);
        }
        catch (Exception failure)
        {
            Failed(call, failure, started);
        }
    }

    private async Task AwaitResponseAsync(GrpcCall call, Task responding, long started)
    {
        try
        {
            await responding;
            Succeeded(started);
        }
        catch (Exception failure)
        {
            Failed(call, failure, started);
        }
    }

    private void Succeeded(long started)
    {
        Metrics.Handled(StatusCode.Ok, started);
        Metrics.Sent.Increment();
    }

    private void Failed(GrpcCall call, Exception failure, long started)
    {
        EtcdError error = call.Judge(failure);
        Metrics.Handled(error.Code, started);
        call.Fail(error);
    }
}

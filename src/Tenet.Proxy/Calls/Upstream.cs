using Tenet.Client.Calls;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;

namespace Tenet.Proxy.Calls;

/// <summary>The servers behind the proxy. What they refuse reaches the caller with their code and text.</summary>
internal sealed class Upstream(ICallInvoker invoker)
{
    public async ValueTask<TResponse> CallAsync<TRequest, TResponse>(
        ClientMethod<TRequest, TResponse> method, TRequest request, Caller caller, CancellationToken cancellation)
        where TRequest : class
        where TResponse : class
    {
        try
        {
            return await invoker.UnaryAsync(method, request, caller.Options(), cancellation);
        }
        catch (CallException failure)
        {
            throw Refusal(failure, cancellation);
        }
    }

    public async Task StreamAsync<TRequest, TResponse>(
        ClientMethod<TRequest, TResponse> method, TRequest request, IResponseWriter<TResponse> output, Caller caller, CancellationToken cancellation)
        where TRequest : class
        where TResponse : class
    {
        try
        {
            await foreach (TResponse response in invoker.ServerStreamAsync(method, request, caller.Options(), cancellation).WithCancellation(cancellation))
                await output.WriteAsync(response, cancellation);
        }
        catch (CallException failure)
        {
            throw Refusal(failure, cancellation);
        }
    }

    /// <summary>Opens a stream; its failures are <see cref="CallException"/>s.</summary>
    public IDuplexCall<TRequest, TResponse> Open<TRequest, TResponse>(ClientMethod<TRequest, TResponse> method, Caller caller, CancellationToken cancellation)
        where TRequest : class
        where TResponse : class
        => invoker.Duplex(method, caller.Options(), cancellation);

    /// <summary>What the caller is told of a call that failed; that it was the caller who left, if so it was.</summary>
    public static Exception Refusal(CallException failure, CancellationToken cancellation) => cancellation.IsCancellationRequested
        ? new OperationCanceledException(failure.Message, failure, cancellation)
        : new EtcdError(failure.Code, failure.Message).ToException();
}

namespace Tenet.Protocol.Calls;

/// <summary>One row of the method table: a path and how it is answered. One class for each of gRPC's call shapes that etcd uses.</summary>
public abstract record Method(string Path)
{
    /// <summary>
    /// Whether the call goes on until its caller ends it, so that a stopping member cancels it at once instead of waiting.
    /// Duplex calls always count as such.
    /// </summary>
    public bool Endless { get; init; }

    /// <summary>The service's full name: <c>etcdserverpb.KV</c> of <c>/etcdserverpb.KV/Put</c>.</summary>
    public string Service => Path[1..Path.LastIndexOf('/')];

    /// <summary>The method's own name: <c>Put</c> of <c>/etcdserverpb.KV/Put</c>.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>The same row, and an observer sees each message of its calls.</summary>
    public abstract Method Observed(ICallObserver observer);
}

/// <summary>One request, one response.</summary>
public sealed record UnaryMethod<TRequest, TResponse>(
    string Path,
    IMessageCodec<TRequest> RequestCodec,
    IMessageCodec<TResponse> ResponseCodec,
    Func<TRequest, CallContext, ValueTask<TResponse>> Handler) : Method(Path)
    where TRequest : class
    where TResponse : class
{
    /// <inheritdoc/>
    public override Method Observed(ICallObserver observer) => this with
    {
        Handler = async (request, context) =>
        {
            observer.Received(context, request, null);
            TResponse response;
            try
            {
                response = await Handler(request, context).ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                observer.Sent(context, null, failure);
                throw;
            }
            observer.Sent(context, response, null);
            return response;
        },
    };
}

/// <summary>One request, a stream of responses.</summary>
public sealed record ServerStreamMethod<TRequest, TResponse>(
    string Path,
    IMessageCodec<TRequest> RequestCodec,
    IMessageCodec<TResponse> ResponseCodec,
    Func<TRequest, IResponseWriter<TResponse>, CallContext, Task> Handler) : Method(Path)
    where TRequest : class
    where TResponse : class
{
    /// <inheritdoc/>
    public override Method Observed(ICallObserver observer) => this with
    {
        Handler = (request, output, context) =>
        {
            observer.Received(context, request, null);
            return Handler(request, new ObservedWriter<TResponse>(output, context, observer), context);
        },
    };
}

/// <summary>Streams both ways (a stream of requests with one response does not occur in etcd's API).</summary>
public sealed record DuplexMethod<TRequest, TResponse>(
    string Path,
    IMessageCodec<TRequest> RequestCodec,
    IMessageCodec<TResponse> ResponseCodec,
    Func<IRequestReader<TRequest>, IResponseWriter<TResponse>, CallContext, Task> Handler) : Method(Path)
    where TRequest : class
{
    /// <inheritdoc/>
    public override Method Observed(ICallObserver observer) => this with
    {
        Handler = (requests, output, context) =>
            Handler(new ObservedReader<TRequest>(requests, context, observer), new ObservedWriter<TResponse>(output, context, observer), context),
    };
}

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
}

/// <summary>One request, one response.</summary>
public sealed record UnaryMethod<TRequest, TResponse>(
    string Path,
    IMessageCodec<TRequest> RequestCodec,
    IMessageCodec<TResponse> ResponseCodec,
    Func<TRequest, CallContext, ValueTask<TResponse>> Handler) : Method(Path)
    where TRequest : class
    where TResponse : class;

/// <summary>One request, a stream of responses.</summary>
public sealed record ServerStreamMethod<TRequest, TResponse>(
    string Path,
    IMessageCodec<TRequest> RequestCodec,
    IMessageCodec<TResponse> ResponseCodec,
    Func<TRequest, IResponseWriter<TResponse>, CallContext, Task> Handler) : Method(Path)
    where TRequest : class
    where TResponse : class;

/// <summary>Streams both ways (a stream of requests with one response does not occur in etcd's API).</summary>
public sealed record DuplexMethod<TRequest, TResponse>(
    string Path,
    IMessageCodec<TRequest> RequestCodec,
    IMessageCodec<TResponse> ResponseCodec,
    Func<IRequestReader<TRequest>, IResponseWriter<TResponse>, CallContext, Task> Handler) : Method(Path)
    where TRequest : class;

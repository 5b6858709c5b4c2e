namespace Tenet.Client.Calls;

/// <summary>
/// Makes calls: the way below <c>Kv</c>, <c>Watch</c> and the others, with etcd's own messages. One <c>Channel</c> speaks to one endpoint;
/// a client's invoker chooses among several, keeps the user's token, and repeats what is safe to repeat.
/// </summary>
public interface ICallInvoker
{
    /// <summary>One request, one response.</summary>
    /// <exception cref="CallException">The call ended with another status than OK.</exception>
    Task<TResponse> UnaryAsync<TRequest, TResponse>(ClientMethod<TRequest, TResponse> method, TRequest request, CallOptions options, CancellationToken cancellation = default)
        where TRequest : class
        where TResponse : class;

    /// <summary>One request, a stream of responses.</summary>
    IAsyncEnumerable<TResponse> ServerStreamAsync<TRequest, TResponse>(ClientMethod<TRequest, TResponse> method, TRequest request, CallOptions options, CancellationToken cancellation = default)
        where TRequest : class
        where TResponse : class;

    /// <summary>Streams both ways. Returns at once; what goes wrong with opening the call is told by its first read or write.</summary>
    IDuplexCall<TRequest, TResponse> Duplex<TRequest, TResponse>(ClientMethod<TRequest, TResponse> method, CallOptions options, CancellationToken cancellation = default)
        where TRequest : class
        where TResponse : class;
}

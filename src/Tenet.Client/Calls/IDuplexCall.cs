namespace Tenet.Client.Calls;

/// <summary>A stream of requests and one of responses, at the same time. One writer and one reader at a time. Disposing cancels the call.</summary>
public interface IDuplexCall<in TRequest, TResponse> : IAsyncDisposable
    where TResponse : class
{
    /// <summary>Sends a message; completes when the transport has taken and flushed it.</summary>
    /// <exception cref="CallException">The call has ended.</exception>
    Task WriteAsync(TRequest request, CancellationToken cancellation = default);

    /// <summary>Says that no request follows. The server may go on answering.</summary>
    Task CompleteAsync();

    /// <summary>The next response, or null after the server ended the call with OK.</summary>
    /// <exception cref="CallException">The call ended with another status.</exception>
    ValueTask<TResponse?> ReadAsync(CancellationToken cancellation = default);
}

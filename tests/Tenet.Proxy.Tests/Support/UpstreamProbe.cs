using System.Collections.Concurrent;
using Tenet.Client.Calls;
using Tenet.Protocol.Errors;

namespace Tenet.Proxy.Tests.Support;

/// <summary>Stands between the proxy and the server: notes which calls are made, and breaks streams.</summary>
internal sealed class UpstreamProbe(ICallInvoker server) : ICallInvoker
{
    private CancellationTokenSource _break = new();
    private Func<Task> _deliver = static () => Task.CompletedTask;

    /// <summary>Whether the server cannot be reached.</summary>
    public bool IsCutOff { get; set; }

    /// <summary>A method whose answers are lost on their way.</summary>
    public string LostAnswers { get; set; } = "";

    /// <summary>A method whose next call breaks, and reaches the server only when it is delivered.</summary>
    public string Delayed { get; set; } = "";

    public ConcurrentQueue<(string Path, CallOptions Options)> Calls { get; } = new();

    public int Count(string path) => Calls.Count(call => call.Path == path);

    /// <summary>Lets the delayed call reach the server.</summary>
    public Task DeliverAsync() => _deliver();

    /// <summary>Ends every stream as a server that goes away does.</summary>
    public async Task BreakStreamsAsync() => await Interlocked.Exchange(ref _break, new CancellationTokenSource()).CancelAsync();

    public async Task<TResponse> UnaryAsync<TRequest, TResponse>(ClientMethod<TRequest, TResponse> method, TRequest request, CallOptions options, CancellationToken cancellation = default)
        where TRequest : class
        where TResponse : class
    {
        Calls.Enqueue((method.Path, options));
        if (IsCutOff)
            throw new CallException(StatusCode.Unavailable, "the server cannot be reached");
        if (Delayed == method.Path)
        {
            Delayed = "";
            _deliver = () => server.UnaryAsync(method, request, options, CancellationToken.None);
            throw new CallException(StatusCode.Unavailable, "the connection broke");
        }
        TResponse response = await server.UnaryAsync(method, request, options, cancellation);
        return LostAnswers == method.Path ? throw new CallException(StatusCode.Unavailable, "the connection broke") : response;
    }

    public IAsyncEnumerable<TResponse> ServerStreamAsync<TRequest, TResponse>(ClientMethod<TRequest, TResponse> method, TRequest request, CallOptions options, CancellationToken cancellation = default)
        where TRequest : class
        where TResponse : class
    {
        Calls.Enqueue((method.Path, options));
        return server.ServerStreamAsync(method, request, options, cancellation);
    }

    public IDuplexCall<TRequest, TResponse> Duplex<TRequest, TResponse>(ClientMethod<TRequest, TResponse> method, CallOptions options, CancellationToken cancellation = default)
        where TRequest : class
        where TResponse : class
    {
        Calls.Enqueue((method.Path, options));
        return new Breakable<TRequest, TResponse>(server.Duplex(method, options, cancellation), IsCutOff ? new CancellationToken(canceled: true) : _break.Token);
    }

    private sealed class Breakable<TRequest, TResponse>(IDuplexCall<TRequest, TResponse> call, CancellationToken broken) : IDuplexCall<TRequest, TResponse>
        where TRequest : class
        where TResponse : class
    {
        public Task WriteAsync(TRequest request, CancellationToken cancellation = default) => call.WriteAsync(request, cancellation);

        public Task CompleteAsync() => call.CompleteAsync();

        public async ValueTask<TResponse?> ReadAsync(CancellationToken cancellation = default)
        {
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, broken);
            try
            {
                return await call.ReadAsync(either.Token);
            }
            catch (Exception) when (broken.IsCancellationRequested && !cancellation.IsCancellationRequested)
            {
                throw new CallException(StatusCode.Unavailable, "the server went away");
            }
        }

        public ValueTask DisposeAsync() => call.DisposeAsync();
    }
}

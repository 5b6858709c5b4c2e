using Tenet.Client.Calls;

namespace Tenet.Client;

/// <summary>A client of a Tenet or etcd cluster. One serves a whole program: it is thread-safe and keeps its connections.</summary>
public sealed class TenetClient : IAsyncDisposable
{
    private readonly ClientInvoker _invoker;

    /// <summary>Connects to nothing yet: the first call does.</summary>
    /// <exception cref="ArgumentException">The options cannot serve.</exception>
    public TenetClient(TenetClientOptions options) => _invoker = new ClientInvoker(options);

    /// <summary>A client of these endpoints, with default options.</summary>
    public TenetClient(params string[] endpoints)
        : this(new TenetClientOptions { Endpoints = endpoints })
    {
    }

    /// <summary>The calls below the typed parts, with etcd's own messages.</summary>
    public ICallInvoker Invoker => _invoker;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _invoker.DisposeAsync();
}

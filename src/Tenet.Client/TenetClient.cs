using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tenet.Client.Calls;

namespace Tenet.Client;

/// <summary>A client of a Tenet or etcd cluster. One serves a whole program: it is thread-safe and keeps its connections.</summary>
public sealed class TenetClient : IAsyncDisposable
{
    private readonly ClientInvoker _invoker;
    private readonly KeepAliveLoop _renewals;

    /// <summary>Connects to nothing yet: the first call does.</summary>
    /// <param name="options">Where the cluster is.</param>
    /// <param name="log">Told of losses, of endpoints that fail and answer again, and of what was opened again; null for nobody.</param>
    /// <exception cref="ArgumentException">The options cannot serve.</exception>
    public TenetClient(TenetClientOptions options, ILogger<TenetClient>? log = null)
    {
        ILogger told = log ?? NullLogger<TenetClient>.Instance;
        _invoker = new ClientInvoker(options, told);
        var limited = new CallOptions { Timeout = options.CallTimeout };
        Kv = new Kv(_invoker, limited);
        Watch = new Watch(_invoker, told);
        _renewals = new KeepAliveLoop(_invoker, told);
        Leases = new Leases(_invoker, limited, _renewals);
        var queue = new KeyQueue(this, _invoker, told);
        Locks = new Locks(queue);
        Elections = new Elections(queue, this);
        Cluster = new Cluster(_invoker, limited);
        Maintenance = new Maintenance(_invoker, [.. options.Endpoints], limited);
        Auth = new Auth(_invoker, limited);
    }

    /// <summary>A client of these endpoints, with default options.</summary>
    public TenetClient(params string[] endpoints)
        : this(new TenetClientOptions { Endpoints = endpoints })
    {
    }

    /// <summary>The calls below the typed parts, with etcd's own messages.</summary>
    public ClientInvoker Invoker => _invoker;

    /// <summary>Keys.</summary>
    public Kv Kv { get; }

    /// <summary>Changes of keys.</summary>
    public Watch Watch { get; }

    /// <summary>Leases.</summary>
    public Leases Leases { get; }

    /// <summary>Locks.</summary>
    public Locks Locks { get; }

    /// <summary>Elections.</summary>
    public Elections Elections { get; }

    /// <summary>Members.</summary>
    public Cluster Cluster { get; }

    /// <summary>Upkeep.</summary>
    public Maintenance Maintenance { get; }

    /// <summary>Users and roles.</summary>
    public Auth Auth { get; }

    /// <summary>Closes all connections. Leases that were kept alive are not revoked: they end by themselves.</summary>
    public async ValueTask DisposeAsync()
    {
        await _renewals.DisposeAsync().ConfigureAwait(false);
        await _invoker.DisposeAsync().ConfigureAwait(false);
    }
}

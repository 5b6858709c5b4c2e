using Tenet.Client.Calls;
using Tenet.Foundation.Metrics;
using Tenet.Protocol.Calls;
using Tenet.Proxy.Calls;
using Tenet.Proxy.Keys;
using Tenet.Proxy.Leases;
using Tenet.Proxy.Members;
using Tenet.Proxy.Observing;
using Tenet.Proxy.Owning;
using Tenet.Proxy.Pages;
using Tenet.Proxy.Watching;
using Tenet.Rpc;
using Tenet.Rpc.Health;
using Tenet.Rpc.Http;

namespace Tenet.Proxy;

/// <summary>
/// Answers etcd's API in front of servers: calls are passed on with their caller's own rights, watches and lease renewals are shared, keys may be
/// moved into a namespace. It keeps nothing that a restart would lose.
/// </summary>
public sealed class GrpcProxy : IAsyncDisposable
{
    /// <summary>How long calls in progress may go on when the proxy stops.</summary>
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(2);

    private readonly GrpcServer _server;
    private readonly CancellationTokenSource _stopping;
    private readonly Task _background;
    private readonly WatchProxy _watches;
    private readonly Lock _lock = new();
    private Task? _stop;

    private GrpcProxy(GrpcServer server, CancellationTokenSource stopping, Task background, WatchProxy watches, MetricRegistry metrics)
    {
        (_server, _stopping, _background, _watches) = (server, stopping, background, watches);
        Metrics = metrics;
    }

    /// <summary>The addresses as bound: for clients, then for metrics.</summary>
    public IReadOnlyList<string> Urls => _server.Urls;

    /// <summary>What <c>/proxy/metrics</c> shows.</summary>
    public MetricRegistry Metrics { get; }

    /// <summary>How many watches there are upstream, for all watchers.</summary>
    public int WatchCount => _watches.WatchCount;

    /// <summary>Listens and serves.</summary>
    /// <param name="options">What it is told.</param>
    /// <param name="servers">The servers. They must be called as nobody: the proxy's own rights would be everybody's.</param>
    /// <param name="cancellation">Ends the start.</param>
    /// <exception cref="IOException">An address cannot be bound.</exception>
    public static async Task<GrpcProxy> StartAsync(GrpcProxyOptions options, ICallInvoker servers, CancellationToken cancellation = default)
    {
        Upstream upstream = new(servers);
        KeyPrefix prefix = new(options.Namespace);
        RevisionOrder? order = options.SerializableOrdering ? new RevisionOrder(options.EndpointCount) : null;
        if (order is not null)
            await order.RecoverAsync(upstream, options.Log, cancellation);

        MetricRegistry registry = new();
        ProcessMetrics.Register(registry);
        // An answer that is kept may be older than one that was given.
        RangeCache? cache = order is null ? new RangeCache(options.Clock) : null;
        WatchProxy? watches = null;
        ProxyMetrics metrics = new(registry, () => watches?.CoalescedCount ?? 0, () => cache?.Count ?? 0);
        watches = new WatchProxy(upstream, prefix, metrics, options.Log);
        CancellationTokenSource stopping = new();
        ProxyDirectory? directory = options.ResolverPrefix.Length > 0 && options.AdvertiseClientUrl.Length > 0
            ? new ProxyDirectory(upstream, prefix, options.ResolverPrefix, options.AdvertiseClientUrl, options.ResolverTtl, options.Log)
            : null;
        LeaseRenewals renewals = new(upstream, options.Clock, stopping.Token);
        LeasingKv? leasing = null;
        LeasingSession? session = null;
        if (options.LeasingPrefix.Length > 0)
        {
            LeasingKeys keys = new(options.Namespace, options.LeasingPrefix);
            OwnedKeys owned = new(keys, options.LeasingRest, options.Clock);
            LeasingStore store = new(upstream, keys, options.Log);
            leasing = new LeasingKv(upstream, keys, owned, store, options.Log, stopping.Token);
            session = new LeasingSession(upstream, keys, owned, store, renewals, options.Clock, options.Log);
        }
        EndpointRenewal? endpoints = options.EndpointsAutoSyncInterval <= TimeSpan.Zero ? null : new EndpointRenewal(
            upstream,
            options.EndpointsAutoSyncInterval,
            urls =>
            {
                options.EndpointsFound(urls);
                order?.Expect(urls.Count);
            },
            options.Log);
        Method[] own =
        [
            .. new KvProxy(upstream, prefix, cache, order, leasing, metrics).Rows,
            .. watches.Rows,
            .. new LeaseProxy(upstream, prefix, renewals, cache).Rows,
            .. new ClusterProxy(upstream, options.AdvertiseClientUrl, directory).Rows,
        ];
        IReadOnlyList<HttpEndpoint> pages = new ProxyPages(upstream, options.ServerMetrics, options.AdvertiseClientUrl, registry, options.Log).All;
        IReadOnlyList<HttpEndpoint> forClients = [.. pages, .. options.MorePages];
        List<RpcListener> listeners = [new RpcListener(options.ListenUrl) { Tls = options.ListenTls, Endpoints = forClients }];
        if (options.MetricsUrl.Length > 0)
            listeners.Add(new RpcListener(options.MetricsUrl) { Tls = options.ListenTls, Endpoints = pages, Grpc = false });
        IReadOnlyList<Method> rows = MethodRows.Complete(own, upstream, () =>
        {
            cache?.Clear();
            leasing?.Forget();
        });
        if (options.LogsCalls)
        {
            CallLog calls = new(options.Log);
            rows = [.. rows.Select(row => row.Observed(calls))];
        }
        GrpcServer server = await GrpcServer.StartAsync(
            new GrpcServerOptions
            {
                Listeners = listeners,
                Methods = [.. rows, .. new HealthService().Methods],
                Metrics = registry,
                Log = options.Log,
                ReceiveBytesMax = options.ReceiveBytesMax,
                ConcurrentStreamsMax = options.ConcurrentStreamsMax,
                KeepAliveMinTime = options.KeepAliveMinTime,
                KeepAliveInterval = options.KeepAliveInterval,
                KeepAliveTimeout = options.KeepAliveTimeout,
            },
            cancellation);
        Task background = Task.WhenAll(
            directory?.RunAsync(stopping.Token) ?? Task.CompletedTask,
            endpoints?.RunAsync(stopping.Token) ?? Task.CompletedTask,
            session?.RunAsync(stopping.Token) ?? Task.CompletedTask);
        return new GrpcProxy(server, stopping, background, watches, registry);
    }

    /// <summary>Stops: callers are told, what goes on may end within a grace. Later calls wait for the first.</summary>
    public Task StopAsync()
    {
        lock (_lock)
            return _stop ??= StopOnceAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task StopOnceAsync()
    {
        await _server.StopAsync(StopGrace);
        await _stopping.CancelAsync();
        await _background;
        _stopping.Dispose();
    }
}

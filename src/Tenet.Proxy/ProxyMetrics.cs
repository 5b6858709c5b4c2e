using Tenet.Foundation.Metrics;

namespace Tenet.Proxy;

/// <summary>The etcd_grpc_proxy_* families, with etcd's types.</summary>
internal sealed class ProxyMetrics(MetricRegistry registry, Func<double> watchersCoalesced, Func<double> keysCached)
{
    /// <summary>Watchers that are served by a watch which others use as well.</summary>
    public Gauge WatchersCoalesced { get; } = registry.Gauge("etcd_grpc_proxy_watchers_coalescing_total", "Watchers that share the watch of another one.", watchersCoalesced);

    /// <summary>Ranges in the cache.</summary>
    public Gauge KeysCached { get; } = registry.Gauge("etcd_grpc_proxy_cache_keys_total", "Answers to ranges that are kept.", keysCached);

    /// <summary>Responses of watches that needed not be asked for once more.</summary>
    public Counter EventsCoalesced { get; } = registry.Counter("etcd_grpc_proxy_events_coalescing_total", "Watch responses that were passed on to a further watcher.");

    /// <summary>Ranges that were answered from the cache.</summary>
    public Gauge CacheHits { get; } = registry.Gauge("etcd_grpc_proxy_cache_hits_total", "Ranges that were answered by a kept answer.");

    /// <summary>Ranges that might have been, but were not.</summary>
    public Gauge CacheMisses { get; } = registry.Gauge("etcd_grpc_proxy_cache_misses_total", "Serializable ranges for which no answer was kept.");
}

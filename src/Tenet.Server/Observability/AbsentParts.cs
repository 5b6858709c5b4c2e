using Tenet.Foundation.Metrics;

namespace Tenet.Server.Observability;

/// <summary>
/// Families of etcd's parts that a member of Tenet has not: the store of API version 2, and the proxy, which etcd registers in every server.
/// Dashboards and checks find them, and find nothing in them, which is so.
/// </summary>
internal static class AbsentParts
{
    public static void Register(MetricRegistry registry)
    {
        registry.Counter("etcd_debugging_store_expires_total", "Keys of API version 2 that expired: there is no such store.");
        registry.Counter("etcd_debugging_store_watch_requests_total", "Watches of API version 2: there is no such store.");
        registry.Gauge("etcd_debugging_store_watchers", "Watchers of API version 2: there is no such store.");
        MetricFamily<Counter> reads = registry.Counters("etcd_debugging_store_reads_total", "Reads of API version 2: there is no such store.", "action");
        MetricFamily<Counter> writes = registry.Counters("etcd_debugging_store_writes_total", "Writes of API version 2: there is no such store.", "action");
        MetricFamily<Counter> readsFailed = registry.Counters("etcd_debugging_store_reads_failed_total", "Failed reads of API version 2: there is no such store.", "action");
        MetricFamily<Counter> writesFailed = registry.Counters("etcd_debugging_store_writes_failed_total", "Failed writes of API version 2: there is no such store.", "action");
        foreach (string action in new[] { "get", "getRecursive" })
        {
            reads.With(action);
            readsFailed.With(action);
        }
        foreach (string action in new[] { "create", "set", "update", "delete" })
        {
            writes.With(action);
            writesFailed.With(action);
        }

        registry.Gauge("etcd_grpc_proxy_cache_hits_total", "Hits of a proxy's cache: a member is no proxy.");
        registry.Gauge("etcd_grpc_proxy_cache_keys_total", "Keys in a proxy's cache: a member is no proxy.");
        registry.Gauge("etcd_grpc_proxy_cache_misses_total", "Misses of a proxy's cache: a member is no proxy.");
        registry.Counter("etcd_grpc_proxy_events_coalescing_total", "Events that a proxy sent to several watchers: a member is no proxy.");
        registry.Gauge("etcd_grpc_proxy_watchers_coalescing_total", "Watchers that share one of a proxy: a member is no proxy.");
    }
}

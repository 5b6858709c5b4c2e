namespace Tenet.Foundation.Metrics;

/// <summary>What a family counts, as its TYPE line says it.</summary>
internal enum MetricKind
{
    Counter,
    Gauge,
    Histogram,
}

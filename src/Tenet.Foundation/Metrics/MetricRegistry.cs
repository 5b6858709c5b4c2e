using System.Buffers;

namespace Tenet.Foundation.Metrics;

/// <summary>
/// The metrics of one member and the page that shows them (contract/api.md, 7). Each member has its own registry, so several can live in one
/// process. A name can be registered once.
/// </summary>
public sealed class MetricRegistry
{
    private readonly Lock _lock = new();
    private System.Diagnostics.Metrics.Meter? _meter;
    private readonly SortedDictionary<string, IMetricFamily> _families = new(StringComparer.Ordinal);

    /// <summary>The content type of the page.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Registers a counter.</summary>
    public Counter Counter(string name, string help) => Single(name, help, MetricKind.Counter, new Counter());

    /// <summary>Registers a counter that is read through <paramref name="read"/> whenever the page is written, on the thread that writes it.</summary>
    public Counter Counter(string name, string help, Func<double> read) => Single(name, help, MetricKind.Counter, new Counter(read));

    /// <summary>Registers a family of counters.</summary>
    public MetricFamily<Counter> Counters(string name, string help, params string[] labels) =>
        Add(name, new MetricFamily<Counter>(name, help, MetricKind.Counter, labels, static () => new Counter()));

    /// <summary>Registers a gauge that its owner sets.</summary>
    public Gauge Gauge(string name, string help) => Single(name, help, MetricKind.Gauge, new Gauge());

    /// <summary>Registers a gauge that is read through <paramref name="read"/> whenever the page is written, on the thread that writes it.</summary>
    public Gauge Gauge(string name, string help, Func<double> read) => Single(name, help, MetricKind.Gauge, new Gauge(read));

    /// <summary>Registers a family of gauges.</summary>
    public MetricFamily<Gauge> Gauges(string name, string help, params string[] labels) =>
        Add(name, new MetricFamily<Gauge>(name, help, MetricKind.Gauge, labels, static () => new Gauge()));

    /// <summary>Registers a histogram with these ascending upper bounds; a last bucket without bound is added.</summary>
    public Histogram Histogram(string name, string help, double[] bounds) => Histograms(name, help, bounds).With();

    /// <summary>Registers a family of histograms with these ascending upper bounds; a last bucket without bound is added to each.</summary>
    public MetricFamily<Histogram> Histograms(string name, string help, double[] bounds, params string[] labels)
    {
        for (int i = 1; i < bounds.Length; i++)
            Invariant.That(bounds[i - 1] < bounds[i], $"the bounds of {name} do not ascend at {i}");
        double[] ownBounds = [.. bounds];
        string[] texts = Array.ConvertAll(ownBounds, GoFloat.Format);
        return Add(name, new MetricFamily<Histogram>(name, help, MetricKind.Histogram, labels, () => new Histogram(ownBounds, texts)));
    }

    /// <summary>Writes the whole page: families by name, series by label values. Callable from any thread at any time.</summary>
    public void WriteText(IBufferWriter<byte> output)
    {
        IMetricFamily[] families;
        lock (_lock)
            families = [.. _families.Values];
        var writer = new ExpositionWriter(output);
        foreach (IMetricFamily family in families)
            family.WriteText(ref writer);
    }

    /// <summary>
    /// Makes every family an instrument of <paramref name="meter"/>, those that are registered later too: one registry, two ways to read it.
    /// Counters and gauges are read when somebody collects; histograms are told of each observation while somebody listens. The meter is
    /// the caller's, and must be disposed of when the member ends, or it keeps the member alive.
    /// </summary>
    public void PublishTo(System.Diagnostics.Metrics.Meter meter)
    {
        lock (_lock)
        {
            Invariant.That(_meter is null, $"the registry is published already");
            _meter = meter;
            foreach (IMetricFamily family in _families.Values)
                family.Publish(meter);
        }
    }

    private T Single<T>(string name, string help, MetricKind kind, T metric)
        where T : Metric =>
        Add(name, new MetricFamily<T>(name, help, kind, [], () => metric)).AddUnlabelled(metric);

    private MetricFamily<T> Add<T>(string name, MetricFamily<T> family)
        where T : Metric
    {
        lock (_lock)
        {
            bool added = _families.TryAdd(name, family);
            Invariant.That(added, $"metric {name} is registered twice");
            if (_meter is not null)
                ((IMetricFamily)family).Publish(_meter);
        }
        return family;
    }
}

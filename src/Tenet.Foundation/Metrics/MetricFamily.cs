using System.Diagnostics.Metrics;

namespace Tenet.Foundation.Metrics;

/// <summary>Metrics of one name that differ in the values of their labels. Looking a series up takes no lock; adding one does.</summary>
/// <typeparam name="T">The kind of metric.</typeparam>
public sealed class MetricFamily<T> : IMetricFamily
    where T : Metric
{
    private readonly Lock _adding = new();
    private readonly string _help;
    private readonly MetricKind _kind;
    private readonly string[] _labelNames;
    private readonly int[] _byName;
    private readonly Func<T> _create;
    private readonly byte[] _header;
    private Series[] _series = [];
    private System.Diagnostics.Metrics.Histogram<double>? _mirrored;

    internal MetricFamily(string name, string help, MetricKind kind, string[] labelNames, Func<T> create)
    {
        Name = name;
        _help = help;
        _kind = kind;
        _labelNames = labelNames;
        _create = create;
        _header = ExpositionWriter.HeaderOf(name, help, kind);
        _byName = [.. Enumerable.Range(0, labelNames.Length).OrderBy(i => labelNames[i], StringComparer.Ordinal)];
    }

    /// <summary>The family's name.</summary>
    public string Name { get; }

    /// <summary>
    /// The series with these label values (in the order in which the label names were given), which appears on the page from its first use.
    /// Callers on a hot path keep what they get.
    /// </summary>
    public T With(params ReadOnlySpan<string> values)
    {
        Invariant.That(values.Length == _labelNames.Length, $"{Name} has {_labelNames.Length} labels, not {values.Length}");
        Series[] series = Volatile.Read(ref _series);
        int at = Find(series, values);
        return at >= 0 ? series[at].Metric : Add(values);
    }

    void IMetricFamily.WriteText(ref ExpositionWriter writer)
    {
        Series[] series = Volatile.Read(ref _series);
        if (series.Length == 0)
            return;
        writer.Header(_header);
        foreach (Series one in series)
            one.Metric.WriteSamples(ref writer, Name, one.Labels);
    }

    void IMetricFamily.Publish(Meter meter)
    {
        switch (_kind)
        {
            case MetricKind.Counter:
                meter.CreateObservableCounter(Name, Measure, null, _help);
                break;
            case MetricKind.Gauge:
                meter.CreateObservableGauge(Name, Measure, null, _help);
                break;
            default:
                InstrumentAdvice<double> advice = new() { HistogramBucketBoundaries = ((Histogram)(object)_create()).Bounds };
                lock (_adding)
                {
                    _mirrored = meter.CreateHistogram(Name, null, _help, null, advice);
                    foreach (Series one in _series)
                        Mirror(one);
                }
                break;
        }
    }

    private IEnumerable<Measurement<double>> Measure()
    {
        foreach (Series one in Volatile.Read(ref _series))
            yield return new Measurement<double>(one.Metric is Counter counter ? counter.Value : ((Gauge)(object)one.Metric).Value, Tags(one));
    }

    private KeyValuePair<string, object?>[] Tags(Series one) => [.. _byName.Select(i => KeyValuePair.Create<string, object?>(_labelNames[i], one.Values[i]))];

    private void Mirror(Series one)
    {
        if (_mirrored is not null)
            ((Histogram)(object)one.Metric).MirrorTo(new HistogramMirror(_mirrored, Tags(one)));
    }

    internal T AddUnlabelled(T metric)
    {
        _series = [new Series([], "", metric)];
        return metric;
    }

    private T Add(ReadOnlySpan<string> values)
    {
        lock (_adding)
        {
            int at = Find(_series, values);
            if (at >= 0)
                return _series[at].Metric;

            string[] kept = values.ToArray();
            string labels = string.Join(',', _byName.Select(i => $"{_labelNames[i]}=\"{ExpositionWriter.EscapeLabel(kept[i])}\""));
            var added = new Series(kept, labels, _create());
            Mirror(added);
            Volatile.Write(ref _series, [.. _series[..~at], added, .. _series[~at..]]);
            return added.Metric;
        }
    }

    /// <summary>Binary search in page order: by the values, the labels taken in the order of their names.</summary>
    private int Find(Series[] series, ReadOnlySpan<string> values)
    {
        int low = 0, high = series.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = Compare(series[middle].Values, values);
            if (order == 0)
                return middle;
            if (order < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return ~low;
    }

    private int Compare(string[] left, ReadOnlySpan<string> right)
    {
        foreach (int i in _byName)
        {
            int order = string.CompareOrdinal(left[i], right[i]);
            if (order != 0)
                return order;
        }
        return 0;
    }

    private sealed record Series(string[] Values, string Labels, T Metric);
}

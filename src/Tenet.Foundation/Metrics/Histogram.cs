namespace Tenet.Foundation.Metrics;

/// <summary>
/// Observations counted into fixed buckets, each bounded above (inclusive). Safe to use from any thread without a lock, so a page
/// written meanwhile may hold an observation in a bucket and not yet in the sum.
/// </summary>
public sealed class Histogram : Metric
{
    private readonly double[] _bounds;
    private readonly string[] _boundTexts;
    private readonly long[] _counts;
    private double _sum;
    private HistogramMirror? _mirror;

    internal Histogram(double[] bounds, string[] boundTexts)
    {
        _bounds = bounds;
        _boundTexts = boundTexts;
        _counts = new long[bounds.Length + 1];
    }

    /// <summary>How many observations there were.</summary>
    public long Count
    {
        get
        {
            long total = 0;
            for (int i = 0; i < _counts.Length; i++)
                total += Interlocked.Read(ref _counts[i]);
            return total;
        }
    }

    /// <summary>The sum of all observations.</summary>
    public double Sum => Volatile.Read(ref _sum);

    /// <summary><paramref name="count"/> bounds, the first <paramref name="start"/> and each <paramref name="factor"/> times the one before.</summary>
    public static double[] ExponentialBounds(double start, double factor, int count)
    {
        double[] bounds = new double[count];
        double bound = start;
        for (int i = 0; i < count; i++, bound *= factor)
            bounds[i] = bound;
        return bounds;
    }

    /// <summary>Counts one observation.</summary>
    public void Observe(double value)
    {
        int bucket = 0;
        while (bucket < _bounds.Length && !(value <= _bounds[bucket]))
            bucket++;
        Interlocked.Increment(ref _counts[bucket]);
        AtomicDouble.Add(ref _sum, value);
        if (Volatile.Read(ref _mirror) is { IsHeard: true } mirror)
            mirror.Observe(value);
    }

    /// <summary>The bounds, for an instrument that is to have the same.</summary>
    internal double[] Bounds => _bounds;

    /// <summary>From now on, observations go to <paramref name="mirror"/> too.</summary>
    internal void MirrorTo(HistogramMirror mirror) => Volatile.Write(ref _mirror, mirror);

    internal override void WriteSamples(ref ExpositionWriter writer, string name, string labels)
    {
        long total = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            total += Interlocked.Read(ref _counts[i]);
            string bound = i < _bounds.Length ? _boundTexts[i] : "+Inf";
            writer.Bucket(name, labels, bound, total);
        }
        writer.Sample(name, "_sum", labels, Sum);
        // The count equals the last bucket even while observations arrive: scrapers check that.
        writer.Sample(name, "_count", labels, total);
    }
}

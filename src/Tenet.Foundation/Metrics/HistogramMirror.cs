namespace Tenet.Foundation.Metrics;

/// <summary>One series of a histogram as a .NET meter sees it.</summary>
internal sealed class HistogramMirror(System.Diagnostics.Metrics.Histogram<double> instrument, KeyValuePair<string, object?>[] tags)
{
    /// <summary>Whether anybody listens.</summary>
    public bool IsHeard => instrument.Enabled;

    public void Observe(double value) => instrument.Record(value, tags);
}

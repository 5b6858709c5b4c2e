namespace Tenet.Foundation.Metrics;

/// <summary>One series (for a histogram: one group of series) of a family.</summary>
public abstract class Metric
{
    private protected Metric()
    {
    }

    /// <summary>Writes this metric's sample lines; <paramref name="labels"/> is its escaped label list without braces.</summary>
    internal abstract void WriteSamples(ref ExpositionWriter writer, string name, string labels);
}

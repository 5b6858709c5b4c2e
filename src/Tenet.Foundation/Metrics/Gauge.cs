namespace Tenet.Foundation.Metrics;

/// <summary>A number that goes up and down, set by its owner or read from it when the page is written. Safe to use from any thread.</summary>
public sealed class Gauge : Metric
{
    private readonly Func<double>? _read;
    private double _value;

    internal Gauge(Func<double>? read = null) => _read = read;

    /// <summary>The current value.</summary>
    public double Value => _read is null ? Volatile.Read(ref _value) : _read();

    /// <summary>Replaces the value.</summary>
    public void Set(double value) => Volatile.Write(ref _value, value);

    /// <summary>Adds <paramref name="amount"/>, which may be negative.</summary>
    public void Add(double amount) => AtomicDouble.Add(ref _value, amount);

    internal override void WriteSamples(ref ExpositionWriter writer, string name, string labels) => writer.Sample(name, "", labels, Value);
}

namespace Tenet.Foundation.Metrics;

/// <summary>A number that only grows. Safe to use from any thread; an increment is one interlocked instruction.</summary>
public sealed class Counter : Metric
{
    private readonly Func<double>? _read;
    private long _value;

    internal Counter(Func<double>? read = null) => _read = read;

    /// <summary>The count so far.</summary>
    public double Value => _read is null ? Interlocked.Read(ref _value) : _read();

    /// <summary>Adds one.</summary>
    public void Increment() => Interlocked.Increment(ref _value);

    /// <summary>Adds <paramref name="amount"/>, which is not negative.</summary>
    public void Add(long amount)
    {
        Invariant.That(amount >= 0, $"a counter cannot be lowered by {amount}");
        Interlocked.Add(ref _value, amount);
    }

    internal override void WriteSamples(ref ExpositionWriter writer, string name, string labels) => writer.Sample(name, "", labels, Value);
}

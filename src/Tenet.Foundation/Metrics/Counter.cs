using System.Numerics;

namespace Tenet.Foundation.Metrics;

/// <summary>
/// A number that only grows. Safe to use from any thread; an increment is one interlocked instruction on a cell of the thread's processor, so
/// that processors do not take one cache line from each other on every message.
/// </summary>
public sealed class Counter : Metric
{
    /// <summary>Numbers from one cell to the next: two cache lines, as processors fetch lines in pairs.</summary>
    private const int CellStride = 16;

    private static readonly int CellCount = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(Environment.ProcessorCount, 16));

    private readonly Func<double>? _read;
    private readonly long[] _cells;

    internal Counter(Func<double>? read = null)
    {
        _read = read;
        _cells = read is null ? new long[CellCount * CellStride] : [];
    }

    /// <summary>The count so far.</summary>
    public double Value
    {
        get
        {
            if (_read is not null)
                return _read();
            long total = 0;
            for (int i = 0; i < _cells.Length; i += CellStride)
                total += Interlocked.Read(ref _cells[i]);
            return total;
        }
    }

    /// <summary>Adds one.</summary>
    public void Increment() => Interlocked.Increment(ref Cell());

    /// <summary>Adds <paramref name="amount"/>, which is not negative.</summary>
    public void Add(long amount)
    {
        Invariant.That(amount >= 0, $"a counter cannot be lowered by {amount}");
        Interlocked.Add(ref Cell(), amount);
    }

    internal override void WriteSamples(ref ExpositionWriter writer, string name, string labels) => writer.Sample(name, "", labels, Value);

    private ref long Cell() => ref _cells[(Thread.GetCurrentProcessorId() & (CellCount - 1)) * CellStride];
}

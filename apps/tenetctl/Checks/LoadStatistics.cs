using Tenet.Ctl.Connection;
using Tenet.Client.Calls;

namespace Tenet.Ctl.Checks;

/// <summary>What became of the requests of a load.</summary>
internal sealed class LoadStatistics
{
    private readonly Lock _lock = new();
    private readonly List<double> _seconds = [];
    private readonly SortedDictionary<string, int> _errors = new(StringComparer.Ordinal);

    /// <summary>How often each error was met.</summary>
    public IReadOnlyDictionary<string, int> Errors => _errors;

    public int Succeeded => _seconds.Count;

    public double Slowest => _seconds.Count == 0 ? 0 : _seconds.Max();

    public double Deviation
    {
        get
        {
            if (_seconds.Count == 0)
                return double.NaN;
            double average = _seconds.Average();
            return Math.Sqrt(_seconds.Sum(one => (one - average) * (one - average)) / _seconds.Count);
        }
    }

    public void Add(TimeSpan took)
    {
        lock (_lock)
            _seconds.Add(took.TotalSeconds);
    }

    public void Add(CallException failure)
    {
        lock (_lock)
        {
            string text = CallErrors.Text(failure);
            _errors[text] = _errors.GetValueOrDefault(text) + 1;
        }
    }
}

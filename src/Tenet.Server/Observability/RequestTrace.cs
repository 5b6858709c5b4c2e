using System.Text;
using Tenet.Foundation.Logging;

namespace Tenet.Server.Observability;

/// <summary>
/// The line about a request that took longer than 100 ms: its steps and how long each took (contract/api.md, 8.2). A fast request only
/// takes timestamps; the text is made for slow ones.
/// </summary>
internal struct RequestTrace(TimeProvider clock)
{
    private static readonly TimeSpan Threshold = TimeSpan.FromMilliseconds(100);

    private StepTimes _times;
    private int _count;

    /// <summary>When the request began, as a timestamp.</summary>
    public long StartedAt { get; init; } = clock.GetTimestamp();

    /// <summary>The step that ends now.</summary>
    public void Step(string name) => Step(name, clock.GetTimestamp());

    /// <summary>The step that ended at a timestamp. At most eight are kept.</summary>
    public void Step(string name, long endedAt)
    {
        if (_count < StepTimes.Max)
            _times[_count++] = (name, endedAt);
    }

    /// <summary>The time since the request began.</summary>
    public readonly TimeSpan Elapsed => clock.GetElapsedTime(StartedAt);

    /// <summary>Whether <see cref="Log"/> would write; fields are only worth making then.</summary>
    public readonly bool IsSlow => Elapsed > Threshold;

    /// <summary>Writes the line.</summary>
    public readonly void Log(ILog log, string operation, params ReadOnlySpan<LogField> details)
    {
        TimeSpan took = Elapsed;
        DateTimeOffset end = clock.GetUtcNow();

        uint number = (uint)(ulong)StartedAt % int.MaxValue;

        // Only steps that matter for the total are told, as in etcd.
        TimeSpan stepThreshold = Threshold / (_count + 1);
        var steps = new List<string>();
        long last = StartedAt;
        for (int i = 0; i < _count; i++)
        {
            (string name, long endedAt) = _times[i];
            TimeSpan duration = clock.GetElapsedTime(last, endedAt);
            if (duration > stepThreshold)
                steps.Add($"trace[{number}] '{name}'  (duration: {GoDuration.Format(duration)})");
            last = endedAt;
        }

        log.Info(
            $"trace[{number}] {operation}",
            new("detail", Detail(details)),
            new("duration", took),
            new("start", end - took),
            new("end", end),
            new("steps", steps),
            new("step_count", steps.Count));
    }

    private static string Detail(ReadOnlySpan<LogField> fields)
    {
        if (fields.IsEmpty)
            return "";
        var text = new StringBuilder("{");
        foreach (LogField field in fields)
            text.Append(field.Name).Append(':').Append(field.Value).Append("; ");
        return text.Append('}').ToString();
    }

    [System.Runtime.CompilerServices.InlineArray(Max)]
    private struct StepTimes
    {
        public const int Max = 8;
        private (string Name, long EndedAt) _first;
    }
}

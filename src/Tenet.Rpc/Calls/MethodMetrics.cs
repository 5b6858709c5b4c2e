using Tenet.Foundation.Metrics;
using Tenet.Protocol.Errors;

namespace Tenet.Rpc.Calls;

/// <summary>The counters of one method, looked up once.</summary>
internal sealed class MethodMetrics
{
    private readonly Counter[] _handled;
    private readonly Histogram? _seconds;

    public MethodMetrics(RpcMetrics metrics, string type, string service, string method)
    {
        Started = metrics.Started.With(type, service, method);
        Received = metrics.Received.With(type, service, method);
        Sent = metrics.Sent.With(type, service, method);
        _handled = [.. RpcMetrics.CodeNames.Select(code => metrics.Handled.With(type, service, method, code))];
        _seconds = metrics.Seconds?.With(type, service, method);
    }

    /// <summary>How many calls have begun and not ended.</summary>
    public double Open => Started.Value - _handled.Sum(code => code.Value);

    private Counter Started { get; }

    public Counter Received { get; }

    public Counter Sent { get; }

    /// <summary>A time stamp if durations are kept.</summary>
    public long Start()
    {
        Started.Increment();
        return _seconds is null ? 0 : System.Diagnostics.Stopwatch.GetTimestamp();
    }

    public void Handled(StatusCode code, long started)
    {
        _handled[(int)code].Increment();
        _seconds?.Observe(System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds);
    }
}

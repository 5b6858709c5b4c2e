using Tenet.Client.Calls;

namespace Tenet.Client.Routing;

/// <summary>One endpoint and how it has behaved lately.</summary>
internal sealed class RoutedEndpoint(Channel channel)
{
    private const long RestMillisecondsMin = 50;
    private const long RestMillisecondsMax = 2000;
    private const long RestMillisecondsMaxAfterSilence = 10_000;

    private int _failures;
    private long _restsUntil = long.MinValue;

    public Channel Channel { get; } = channel;

    /// <summary>When it may be asked again, on the clock of <see cref="Environment.TickCount64"/>.</summary>
    public long RestsUntil => Volatile.Read(ref _restsUntil);

    public void Succeeded()
    {
        if (Volatile.Read(ref _failures) == 0)
            return;
        Volatile.Write(ref _failures, 0);
        Volatile.Write(ref _restsUntil, long.MinValue);
    }

    /// <summary>It could not be reached, or could not serve: lets it rest, longer each time.</summary>
    public void Failed() => Rest(RestMillisecondsMin, RestMillisecondsMax);

    /// <summary>It left a call without an answer: lets it rest for longer than it has kept the caller waiting.</summary>
    public void WasSilent(long waitedMilliseconds) => Rest(Math.Max(RestMillisecondsMin, 2 * waitedMilliseconds), RestMillisecondsMaxAfterSilence);

    private void Rest(long first, long longest)
    {
        int failures = Math.Min(Interlocked.Increment(ref _failures), 10);
        Volatile.Write(ref _restsUntil, Environment.TickCount64 + Math.Min(first << (failures - 1), longest));
    }
}

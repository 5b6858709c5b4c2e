using Microsoft.Extensions.Logging;
using Tenet.Client.Calls;

namespace Tenet.Client.Routing;

/// <summary>One endpoint and how it has behaved lately.</summary>
internal sealed class RoutedEndpoint(Channel channel, ILogger log)
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
        if (Volatile.Read(ref _failures) == 0 || Interlocked.Exchange(ref _failures, 0) == 0)
            return;
        Volatile.Write(ref _restsUntil, long.MinValue);
        log.LogInformation("{Endpoint} answers again", Channel.Endpoint);
    }

    /// <summary>It could not be reached, or could not serve: lets it rest, longer each time.</summary>
    public void Failed(CallException how) => Rest(RestMillisecondsMin, RestMillisecondsMax, how);

    /// <summary>It left a call without an answer: lets it rest for longer than it has kept the caller waiting.</summary>
    public void WasSilent(long waitedMilliseconds, CallException how) =>
        Rest(Math.Max(RestMillisecondsMin, 2 * waitedMilliseconds), RestMillisecondsMaxAfterSilence, how);

    private void Rest(long first, long longest, CallException how)
    {
        int failures = Interlocked.Increment(ref _failures);
        Volatile.Write(ref _restsUntil, Environment.TickCount64 + Math.Min(first << (Math.Min(failures, 10) - 1), longest));
        if (failures == 1)
            log.LogWarning("{Endpoint} is passed over for a while: {Reason}", Channel.Endpoint, how.Message);
    }
}

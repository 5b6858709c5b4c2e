using System.Diagnostics;

namespace Tenet.Rpc.Guarding;

/// <summary>
/// How often a caller may ping (contract/api.md, 3.3), with grpc-go's leniency: two pings that come too early are forgiven, and whatever is answered
/// in between wipes the slate clean, so that the pings with which clients measure a connection under load never count.
/// </summary>
/// <param name="minTime">The least time between pings while a call is open; zero takes grpc-go's default.</param>
internal sealed class PingPolicy(TimeSpan minTime)
{
    private const int StrikesMax = 2;

    private static readonly TimeSpan DefaultMinTime = TimeSpan.FromMinutes(5);

    /// <summary>The least time between pings without a call: nothing is at stake that would have to be kept alive.</summary>
    private static readonly TimeSpan IdleMinTime = TimeSpan.FromHours(2);

    private readonly TimeSpan _minTime = minTime > TimeSpan.Zero ? minTime : DefaultMinTime;
    private bool _hasLast;
    private long _last;
    private int _strikes;
    private int _answered;

    /// <summary>Headers or a message went to the caller. Any thread.</summary>
    public void Answered()
    {
        // Written once between two pings, so calls on many threads do not fight over it.
        if (Volatile.Read(ref _answered) == 0)
            Volatile.Write(ref _answered, 1);
    }

    /// <summary>Whether the ping that has just arrived may be answered. One thread.</summary>
    /// <param name="now">A timestamp of <see cref="Stopwatch"/>.</param>
    /// <param name="hasCalls">Whether the caller has a call open.</param>
    public bool Allows(long now, bool hasCalls)
    {
        (bool hadLast, long last) = (_hasLast, _last);
        (_hasLast, _last) = (true, now);
        if (Interlocked.Exchange(ref _answered, 0) != 0)
        {
            _strikes = 0;
            return true;
        }

        if (hadLast && Stopwatch.GetElapsedTime(last, now) < (hasCalls ? _minTime : IdleMinTime))
            _strikes++;
        return _strikes <= StrikesMax;
    }
}

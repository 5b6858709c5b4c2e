namespace Tenet.Server.Observability;

/// <summary>How long syncs of the log take, for whoever writes to the same disk and must not slow them. Told by the log's thread, asked by any one other.</summary>
internal sealed class LogSyncTimes
{
    /// <summary>A sync that is slow among its like is one that takes so many times the usual.</summary>
    private const int SlowFactor = 4;

    /// <summary>The usual follows what is seen slowly, and outliers hardly.</summary>
    private const int Inertia = 128;

    /// <summary>Nobody minds less, however fast the disk usually is.</summary>
    private static readonly long SlowTicksMin = TimeSpan.FromMilliseconds(5).Ticks;

    private long _usual;
    private long _longest;

    public void Observe(TimeSpan elapsed)
    {
        long ticks = elapsed.Ticks;
        long usual = Volatile.Read(ref _usual);
        Volatile.Write(ref _usual, usual == 0 ? ticks : usual + (Math.Min(ticks, 2 * usual + 1) - usual) / Inertia);
        if (ticks > Interlocked.Read(ref _longest))
            Interlocked.Exchange(ref _longest, ticks);
    }

    /// <summary>Whether a sync since the last question was slow among its like.</summary>
    public bool TakeSlow()
    {
        long longest = Interlocked.Exchange(ref _longest, 0);
        return longest > Math.Max(SlowTicksMin, SlowFactor * Volatile.Read(ref _usual));
    }
}

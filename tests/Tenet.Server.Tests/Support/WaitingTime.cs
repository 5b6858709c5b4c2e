namespace Tenet.Server.Tests.Support;

/// <summary>
/// Virtual time while a test waits. It passes as long as a member may be waiting for a timeout of its own, and stands still after that: then only the pool
/// can be what is waited for, and however long a busy machine's pool needs, no lease and no token ends meanwhile.
/// </summary>
internal sealed class WaitingTime(VirtualClock clock)
{
    private const int PoolMilliseconds = 25_000;
    private static readonly TimeSpan TimeoutsMax = TimeSpan.FromSeconds(20);

    private readonly long _until = clock.GetTimestamp() + TimeoutsMax.Ticks;
    private readonly long _end = Environment.TickCount64 + PoolMilliseconds;

    public static TimeSpan Step { get; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Whether the pool, too, has had all the time that it may take.</summary>
    public bool IsOver => Environment.TickCount64 >= _end;

    public void PassTime()
    {
        Thread.Yield();
        if (clock.GetTimestamp() < _until)
            clock.Advance(Step);
    }
}

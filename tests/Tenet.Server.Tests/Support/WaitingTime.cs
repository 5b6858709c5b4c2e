namespace Tenet.Server.Tests.Support;

/// <summary>
/// Virtual time while a test waits. It flies as long as a member may be waiting for a timeout of its own; after that only the pool can be what is waited for, and on a
/// busy machine the pool may need seconds: virtual time must not reach the end of a lease or a token by then.
/// </summary>
internal sealed class WaitingTime(VirtualClock clock)
{
    private const int FlyingSteps = 2_000;
    private const int PoolMilliseconds = 25_000;

    private readonly long _end = Environment.TickCount64 + PoolMilliseconds;
    private int _steps;

    public static TimeSpan Step { get; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Whether the pool, too, has had all the time that it may take.</summary>
    public bool IsOver => Environment.TickCount64 >= _end;

    public void PassTime()
    {
        if (++_steps > FlyingSteps)
            Thread.Sleep(1);
        else
            Thread.Yield();
        clock.Advance(Step);
    }
}

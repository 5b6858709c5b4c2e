namespace Tenet.Server.Loops;

/// <summary>
/// Wakes one waiting thread. Setting it while that thread works costs one interlocked exchange, so many producers may set it for every
/// item; only the one that finds the thread asleep pays for waking it.
/// </summary>
internal sealed class WakeSignal : IDisposable
{
    private const int Working = 0;
    private const int Signalled = 1;
    private const int Sleeping = 2;

    private readonly AutoResetEvent _event = new(false);
    private int _state;

    /// <summary>Makes the present or the next <see cref="Wait"/> return. Whatever was published before is seen after it.</summary>
    public void Set()
    {
        // The exchange is also the fence that keeps the caller's message from becoming visible after the signal.
        if (Interlocked.Exchange(ref _state, Signalled) == Sleeping)
            _event.Set();
    }

    /// <summary>Returns at once if set since the last call, else sleeps until set or until the time is over. May return early.</summary>
    public void Wait(TimeSpan timeout)
    {
        if (Interlocked.CompareExchange(ref _state, Sleeping, Working) == Working)
            _event.WaitOne(timeout);
        Interlocked.Exchange(ref _state, Working);
    }

    public void Dispose() => _event.Dispose();
}

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
    private volatile WakeSignal? _host;

    /// <summary>Makes the present or the next <see cref="Wait"/> return. Whatever was published before is seen after it.</summary>
    public void Set()
    {
        if (_host is { } host)
        {
            host.Set();
            return;
        }

        // The exchange is also the fence that keeps the caller's message from becoming visible after the signal.
        if (Interlocked.Exchange(ref _state, Signalled) == Sleeping)
            _event.Set();
    }

    /// <summary>The loop behind this signal runs on the thread of another one: that one is woken instead.</summary>
    public void JoinTo(WakeSignal host) => _host = host;

    /// <summary>
    /// The loop gets a thread of its own, which must look at all its mailboxes once before it first waits: a producer that had seen the old
    /// host has posted its message before.
    /// </summary>
    public void Part()
    {
        _host = null;
        Interlocked.MemoryBarrier();
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

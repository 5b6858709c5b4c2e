namespace Tenet.Simulation.Worlds;

/// <summary>A timer of one process. While that is paused the timer waits; when it has ended the timer never fires.</summary>
internal sealed class SimTimer(World world, SimClock clock, SimProcess? process, TimerCallback callback, object? state) : ITimer
{
    private EventQueue.Planned? _planned;
    private long _due;
    private TimeSpan _period;

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        _planned?.Cancel();
        _planned = null;
        _period = period;
        if (dueTime < TimeSpan.Zero)
            return true;
        _due = clock.GetTimestamp() + dueTime.Ticks;
        Plan();
        return true;
    }

    public void Dispose()
    {
        _planned?.Cancel();
        _planned = null;
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    private void Plan() => _planned = world.At(clock.WorldTimeOf(_due), Fire);

    private void Fire()
    {
        if (process is null)
            callback(state);
        else
            process.Run(FireInProcess);
    }

    private void FireInProcess()
    {
        // The clock may have been slowed down since.
        if (clock.GetTimestamp() < _due)
        {
            Plan();
            return;
        }

        _planned = null;
        if (_period > TimeSpan.Zero)
        {
            _due = clock.GetTimestamp() + _period.Ticks;
            Plan();
        }

        callback(state);
    }
}

namespace Tenet.Simulation.Worlds;

/// <summary>
/// One machine's clocks. The monotonic one runs a little faster or slower than the world's and never jumps; the wall clock follows it, and
/// jumps when told to. Timers belong to the process that made them and die with it.
/// </summary>
internal sealed class SimClock(World world) : TimeProvider
{
    private const long Million = 1_000_000;

    private static readonly DateTimeOffset Epoch = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private long _worldBase;
    private long _localBase = TimeSpan.TicksPerHour;
    private long _driftPerMillion;

    /// <summary>Where timers of the process that runs now go.</summary>
    public SimProcess? Process { get; set; }

    /// <summary>How far the wall clock is ahead of the monotonic one.</summary>
    public TimeSpan WallOffset { get; set; }

    /// <summary>How much faster than the world's the clock runs, in parts per million.</summary>
    public long DriftPerMillion
    {
        get => _driftPerMillion;
        set
        {
            _localBase = GetTimestamp();
            _worldBase = world.Now;
            _driftPerMillion = value;
        }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long GetTimestamp()
    {
        long passed = world.Now - _worldBase;
        return _localBase + passed + passed * _driftPerMillion / Million;
    }

    public override DateTimeOffset GetUtcNow() => Epoch + TimeSpan.FromTicks(GetTimestamp()) + WallOffset;

    /// <summary>The world's time at which this clock shows a timestamp, rounded up.</summary>
    public long WorldTimeOf(long timestamp)
    {
        long left = timestamp - GetTimestamp();
        if (left <= 0)
            return world.Now;
        if (left > long.MaxValue / (2 * Million))
            return long.MaxValue;
        return world.Now + left * Million / (Million + _driftPerMillion) + 1;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimTimer(world, this, Process, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }
}

namespace Tenet.Simulation.Worlds;

/// <summary>What is going to happen, in the order of its time; what happens at the same moment comes in the order in which it was planned.</summary>
internal sealed class EventQueue
{
    private readonly PriorityQueue<Planned, (long At, long Number)> _queue = new();
    private long _number;

    /// <summary>When the next event is due; <see cref="long.MaxValue"/> if none is planned.</summary>
    public long NextAt => _queue.TryPeek(out _, out (long At, long Number) due) ? due.At : long.MaxValue;

    public Planned Add(long at, Action action)
    {
        var planned = new Planned(action);
        _queue.Enqueue(planned, (at, _number++));
        return planned;
    }

    /// <summary>The next event if it is due by then.</summary>
    public Planned? Take(long now)
    {
        if (NextAt > now)
            return null;
        return _queue.Dequeue();
    }

    /// <summary>One event; whoever planned it may call it off.</summary>
    internal sealed class Planned(Action action)
    {
        private Action? _action = action;

        public void Cancel() => _action = null;

        public void Run() => _action?.Invoke();
    }
}

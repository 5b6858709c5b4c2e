using Tenet.Foundation.Randomness;

namespace Tenet.Simulation.Worlds;

/// <summary>
/// Takes the place of the thread pool for everything that one process or the clients await: what is to go on waits here until the
/// world's choice falls on it. Nothing ever runs on another thread; what tries to is found out.
/// </summary>
internal sealed class SimContext(World world) : SynchronizationContext
{
    private readonly List<(SendOrPostCallback Callback, object? State)> _waiting = [];

    /// <summary>What is posted from now on is forgotten: the process has ended.</summary>
    public bool IsClosed { get; private set; }

    public int Count => _waiting.Count;

    public override void Post(SendOrPostCallback d, object? state)
    {
        world.RequireOwnThread();
        if (!IsClosed)
            _waiting.Add((d, state));
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("nothing in a member waits for another thread");

    public override SynchronizationContext CreateCopy() => this;

    public void Close()
    {
        IsClosed = true;
        _waiting.Clear();
    }

    /// <summary>Runs one of those that wait, chosen by lot: the pool promises no order.</summary>
    public void RunOne(SeededRandom random)
    {
        int index = random.Next(_waiting.Count);
        (SendOrPostCallback callback, object? state) = _waiting[index];
        _waiting.RemoveAt(index);
        Within(() => callback(state));
    }

    /// <summary>Runs something as this process or client.</summary>
    public void Within(Action action)
    {
        SynchronizationContext? before = Current;
        SetSynchronizationContext(this);
        try
        {
            action();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }
}

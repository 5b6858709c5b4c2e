using Tenet.Foundation.Randomness;
using Tenet.Simulation.Worlds;

namespace Tenet.Simulation.Faults;

/// <summary>One kind of fault in one world. It strikes again and again until the faults are over, and then takes back what it did.</summary>
internal abstract class Fault(World world, SeededRandom random, FaultKind kind, TimeSpan interval)
{
    private bool _over;

    protected World World => world;

    protected SeededRandom Random => random;

    protected FaultKind Kind => kind;

    protected bool IsOver => _over;

    public void Begin() => PlanNext();

    /// <summary>The faults are over: no trace of this one stays.</summary>
    public void End()
    {
        _over = true;
        TakeBack();
    }

    protected abstract void Strike();

    protected virtual void TakeBack()
    {
    }

    protected void Tell(SimMember? whom, string what) => world.Trace.Add(world.Now, TraceKind.Fault, whom?.Name ?? "", (int)kind, 0, what);

    /// <summary>Takes place later unless the faults are over by then.</summary>
    protected void Later(TimeSpan low, TimeSpan high, Action action) => world.After(Between(low, high), () =>
    {
        if (!_over)
            action();
    });

    protected TimeSpan Between(TimeSpan low, TimeSpan high) => low + random.NextDouble() * (high - low);

    protected TimeSpan BetweenSeconds(double low, double high) => Between(TimeSpan.FromSeconds(low), TimeSpan.FromSeconds(high));

    /// <summary>A machine whose member runs, or null.</summary>
    protected SimMember? PickRunning() => Pick(static member => member.IsRunning);

    protected SimMember? Pick(Func<SimMember, bool> condition)
    {
        int count = world.Members.Count(condition);
        return count == 0 ? null : world.Members.Where(condition).ElementAt(random.Next(count));
    }

    protected SimMember? Leader() => world.Leader();

    private void PlanNext()
    {
        double wait = interval.Ticks / world.Plan.Intensity * (0.3 + 1.4 * random.NextDouble());
        world.After((long)wait, () =>
        {
            if (_over)
                return;
            Strike();
            PlanNext();
        });
    }
}

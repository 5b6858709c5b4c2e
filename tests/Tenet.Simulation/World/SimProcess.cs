using Tenet.Foundation;
using Tenet.Server;

namespace Tenet.Simulation.Worlds;

/// <summary>
/// One life of a member, from its start to whatever ends it. Everything that its code does, it does inside <see cref="Run"/>: a turn, a
/// continuation, a timer, a message, a call. What leaves that as an exception stops it as it would stop the real one.
/// </summary>
internal sealed class SimProcess
{
    private readonly List<Action> _endings = [];

    public SimProcess(World world, SimMember machine, int life)
    {
        World = world;
        Machine = machine;
        Life = life;
        StartedAt = world.Now;
        DiskFailed = machine.Disk.CapacityBytes != long.MaxValue;
        Context = new SimContext(world);
        Disk = new SimDiskWatch(this);
        Transport = new SimTransport(this);
    }

    public World World { get; }

    public SimMember Machine { get; }

    /// <summary>How many there were before it on this machine.</summary>
    public int Life { get; }

    public long StartedAt { get; }

    public SimContext Context { get; }

    public SimDiskWatch Disk { get; }

    public SimTransport Transport { get; }

    /// <summary>The member; null while it is starting.</summary>
    public Member? Member { get; private set; }

    public IReadOnlyList<TurnSlot> Slots { get; private set; } = [];

    /// <summary>How checkers look into it.</summary>
    public Checking.IMemberProbe? Probe { get; set; }

    /// <summary>A fault put in on purpose.</summary>
    public Planted.PlantedBug? Planted { get; set; }

    /// <summary>Nothing of it runs any more.</summary>
    public bool IsOver { get; private set; }

    /// <summary>A fault has hit its disk, so it may stop by itself.</summary>
    public bool DiskFailed { get; set; }

    /// <summary>A sync has failed.</summary>
    public bool SyncFailed { get; set; }

    /// <summary>Begins the start. Completes at once unless the member has others to ask first.</summary>
    public void Start(MemberOptions options) => Run(() => _ = OpenAsync(options));

    /// <summary>Runs some of its code: now, or after the pause if it is paused, or never if it has ended.</summary>
    public void Run(Action action)
    {
        if (IsOver)
            return;
        if (Machine.IsPaused)
        {
            Machine.Hold(this, action);
            return;
        }

        try
        {
            Context.Within(action);
        }
        catch (Exception failure) when (failure is not (SimulationFailedException or Checking.CheckFailedException))
        {
            Fail(failure);
        }

        WakeAll();
    }

    public bool RunTurn(TurnSlot slot)
    {
        bool worked = false;
        try
        {
            SynchronizationContext.SetSynchronizationContext(Context);
            worked = slot.Turn.RunTurn();
        }
        catch (Exception failure) when (failure is not (SimulationFailedException or Checking.CheckFailedException))
        {
            Fail(failure);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(null);
        }

        if (worked)
            WakeAll();
        else
            slot.Sleep();
        return worked;
    }

    /// <summary>Registers what is to happen when the process ends before the returned call-off.</summary>
    public void OnEnd(Action ending)
    {
        if (IsOver)
            ending();
        else
            _endings.Add(ending);
    }

    public void ForgetEnding(Action ending) => _endings.Remove(ending);

    /// <summary>It is gone: whoever talks with it finds the connection broken.</summary>
    public void End()
    {
        if (IsOver)
            return;
        IsOver = true;
        Context.Close();
        foreach (Action ending in _endings.ToArray())
            ending();
        _endings.Clear();
    }

    public void WakeAll()
    {
        foreach (TurnSlot slot in Slots)
            slot.Wake();
    }

    private async Task OpenAsync(MemberOptions options)
    {
        MemberSeams seams = World.Seams(this);
        try
        {
            Member member = await Member.OpenAsync(options, seams);
            if (IsOver)
                return;
            Member = member;
            int number = 0;
            Slots = [.. member.Turns.Select(turn => new TurnSlot(this, turn, number++))];
            Machine.Opened(this);
        }
        catch (Exception failure) when (failure is MemberStartException or IOException or CorruptionException or PowerCutException or InvariantException)
        {
            if (!IsOver)
                Fail(failure);
        }
    }

    /// <summary>What <c>MemberThreads</c> does when a loop fails.</summary>
    private void Fail(Exception failure)
    {
        if (IsOver)
            return;
        World.Trace.Add(World.Now, TraceKind.Process, Machine.Name, 0, 0, $"stops itself: {failure.Message}");
        bool excused = failure switch
        {
            CorruptionException => false,
            IOException or MemberStartException { InnerException: IOException } => DiskFailed,
            MemberStartException start => World.IsExcused(Machine, start),
            MemberRemovedException => World.Plan.Faults.Contains(Faults.FaultKind.MembershipChange),
            _ => false,
        };
        if (Member is { } member)
        {
            try
            {
                Context.Within(() => member.Fail(failure));
            }
            catch (PowerCutException)
            {
                // While it closes its files the machine goes down as well.
            }
        }

        if (failure is MemberRemovedException)
            Machine.IsWanted = false;
        End();
        if (!excused)
            World.Fail($"{Machine.Name} stopped itself: {failure}");
        Machine.StoppedItself(SyncFailed);
    }
}

using System.Globalization;
using Tenet.Foundation.Randomness;
using Tenet.Server;
using Tenet.Simulation.Checking;
using Tenet.Simulation.Faults;
using Tenet.Simulation.Planted;
using Tenet.Simulation.Workload;

namespace Tenet.Simulation.Worlds;

/// <summary>
/// A whole cluster with its disks, its network, its clocks and its clients, in one thread, decided by one seed. At every moment one thing
/// happens: an event that is due, a turn of a loop, or the continuation of something awaited. Among those that may happen now the seed chooses.
/// </summary>
internal sealed partial class World
{
    private const int EventsKept = 400;

    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly EventQueue _events = new();
    private readonly SeededRandom _schedule;
    private readonly SeededRandom _seeds;
    private readonly List<TurnSlot> _runnable = [];
    private readonly List<SimMember> _members = [];
    private readonly Func<PlantedBug>? _planted;
    private string? _failure;

    public World(WorldPlan plan, Action<string>? echo = null, Func<PlantedBug>? planted = null)
    {
        Plan = plan;
        _planted = planted;
        if (plan.WithChecks)
            Checker = new ClusterChecker(() => Time, new CheckerOptions { ElectionTimeout = ElectionTimeout, ClockRateMax = 1 + DriftMaxPerMillion / 1e6 });
        History = Checker?.History ?? new History();
        Trace = new Trace(EventsKept, echo);
        _seeds = new SeededRandom(plan.Seed ^ 0x5851f42d4c957f2d);
        _schedule = _seeds.Fork();
        Clients = new SimContext(this);
        int machines = plan.Members + (plan.Faults.Contains(FaultKind.MembershipChange) ? SpareMachines : 0);
        for (int i = 0; i < machines; i++)
            AddMachine();
        Network = new SimNetwork(this, _seeds.Fork(), machines) { Quality = plan.Network };
        FaultMix = new FaultMix(this, _seeds.Fork());
        var port = new ClientPort(this, _seeds.Fork());
        Operator = new Operator(this, port);
        Load = new ClientLoad(this, port, _seeds.Fork());
    }

    /// <summary>How much faster or slower than the world's a machine's clock may run.</summary>
    public const long DriftMaxPerMillion = 20_000;


    private static readonly TimeSpan ElectionTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Machines that may join later.</summary>
    public const int SpareMachines = 2;

    public WorldPlan Plan { get; }

    /// <summary>The world's own time, in ticks from its beginning.</summary>
    public long Now { get; private set; }

    public TimeSpan Time => TimeSpan.FromTicks(Now);

    public Trace Trace { get; }

    public SimNetwork Network { get; }

    public IReadOnlyList<SimMember> Members => _members;

    /// <summary>Where clients' code goes on.</summary>
    public SimContext Clients { get; }

    public FaultMix FaultMix { get; }

    public ClientLoad Load { get; }

    public Operator Operator { get; }

    /// <summary>Who watches it all; null in a world that is only driven.</summary>
    public ClusterChecker? Checker { get; }

    /// <summary>What clients do and are told.</summary>
    public History History { get; }

    /// <summary>Turns that did something.</summary>
    public long Turns { get; private set; }

    public EventQueue.Planned At(long at, Action action) => _events.Add(Math.Max(at, Now), action);

    public EventQueue.Planned After(long ticks, Action action) => _events.Add(Now + ticks, action);

    public EventQueue.Planned After(TimeSpan time, Action action) => After(time.Ticks, action);

    /// <summary>Completes after a virtual time; for clients' code.</summary>
    public Task Delay(TimeSpan time)
    {
        var elapsed = new TaskCompletionSource();
        After(time, () => Clients.Within(elapsed.SetResult));
        return elapsed.Task;
    }

    /// <summary>Says that the run has failed. The scheduler ends it before the next step.</summary>
    public void Fail(string message) => _failure ??= message;

    /// <summary>Nothing of a world may run on another thread: it would run at another time in the next run.</summary>
    public void RequireOwnThread()
    {
        if (Environment.CurrentManagedThreadId == _thread)
            return;
        _failure ??= $"something runs on another thread: {Environment.StackTrace}";
        throw new SimulationFailedException(_failure);
    }

    public SimMember? FindByUrl(string url)
    {
        foreach (SimMember member in _members)
        {
            if (member.PeerUrl == url)
                return member;
        }

        return null;
    }

    public MemberSeams Seams(SimProcess process)
    {
        process.Planted = _planted?.Invoke();
        MemberSeams seams = PlainSeams(process);
        return process.Planted?.Decorate(seams) ?? seams;
    }

    private MemberSeams PlainSeams(SimProcess process) => new()
    {
        Files = process.Machine.Disk,
        Clock = process.Machine.Clock,
        Log = new SimLog(this, process.Machine.Name),
        Random = _seeds.Fork(),
        Peers = process.Transport,
        CompleteOnPool = false,
        ResolveHost = static (host, _) => throw new SimulationFailedException($"somebody looks up {host}"),
        BackendLockTimeout = TimeSpan.Zero,
        WalSegmentBytes = Plan.WalSegmentBytes,
        DefragmentStepRecords = Plan.DefragmentStepRecords,
        Observer = Checker is null ? null : new LateObserver(Checker, process),
    };

    private void AddMachine()
    {
        int index = _members.Count;
        string name = $"n{index + 1}";
        var member = new SimMember(this, index, _seeds.Fork()) { Options = OptionsOf(index, name), IsWanted = index < Plan.Members };
        _members.Add(member);
    }

    /// <summary>A member has finished its start.</summary>
    public void MemberOpened(SimMember member)
    {
        member.Process!.Probe = new MemberProbe(member.Member!, member.Process.Life);
        Checker?.Started(member.Process.Probe);
    }

    /// <summary>A process has ended: what is on its machine's disk now is all there is.</summary>
    public void ProcessEnded(SimMember member)
    {
        if (member.MemberId != 0)
            Checker?.CheckDisk(member.MemberId, member.Disk.Clone(), member.Options);
    }

    /// <summary>Whether a start may fail like that: one that joins finds nobody to ask, one that was removed is not let in again.</summary>
    public bool IsExcused(SimMember member, MemberStartException failure) =>
        Plan.Faults.Contains(FaultKind.MembershipChange)
        && (member.Options.InitialClusterState == InitialClusterState.Existing || failure.Message.Contains("permanently removed", StringComparison.Ordinal));

    /// <summary>A member that clients know of.</summary>
    public SimMember PickForClient(SeededRandom random)
    {
        int count = 0;
        foreach (SimMember member in _members)
            count += member.IsWanted ? 1 : 0;
        int choice = random.Next(Math.Max(count, 1));
        foreach (SimMember member in _members)
        {
            if (member.IsWanted && choice-- == 0)
                return member;
        }

        return _members[0];
    }

    public void MemberStoppedItself(SimMember member) => FaultMix.StartLater(member);

    /// <summary>Runs until a moment, or until something holds.</summary>
    /// <returns>Whether the condition came true; without one, true.</returns>
    public bool RunUntil(long end, Func<bool>? condition = null)
    {
        while (Now < end)
        {
            if (condition is not null && condition())
                return true;
            Step(end);
            if (Checker?.Failure is { } broken)
                throw new CheckFailedException(broken.Violation);
            if (_failure is { } failure)
                throw new SimulationFailedException(failure);
        }

        return condition is null || condition();
    }

    private void Step(long end)
    {
        if (_events.Take(Now) is { } planned)
        {
            planned.Run();
            return;
        }

        long next = Math.Min(end, _events.NextAt);
        _runnable.Clear();
        int continuations = Clients.Count > 0 ? 1 : 0;
        foreach (SimMember member in _members)
            continuations += Collect(member, ref next);

        int choices = _runnable.Count + continuations;
        if (choices == 0)
        {
            Now = Math.Max(next, Now);
            return;
        }

        int choice = _schedule.Next(choices);
        if (choice < _runnable.Count)
            RunTurn(_runnable[choice]);
        else
            RunContinuation(choice - _runnable.Count);
    }

    /// <summary>What of a member may run now; and when something of it may run that may not yet.</summary>
    /// <returns>1 if something that it awaited has come, else 0.</returns>
    private int Collect(SimMember member, ref long next)
    {
        if (member.Process is not { IsOver: false } process || member.IsPaused)
            return 0;
        long local = member.Clock.GetTimestamp();
        IReadOnlyList<TurnSlot> slots = process.Slots;
        for (int i = 0; i < slots.Count; i++)
        {
            TurnSlot slot = slots[i];
            long due = Now;
            if (!slot.IsAwake)
            {
                long wakeAt = slot.Turn.WakeAt;
                if (wakeAt == long.MaxValue)
                    continue;
                if (wakeAt > local)
                    due = member.Clock.WorldTimeOf(wakeAt);
            }

            due = Math.Max(due, slot.NotBefore);
            if (due <= Now)
                _runnable.Add(slot);
            else
                next = Math.Min(next, due);
        }

        return process.Context.Count > 0 ? 1 : 0;
    }

    private void RunTurn(TurnSlot slot)
    {
        SimMember member = slot.Process.Machine;
        if (slot.Process.Planted is { } before)
            before.BeforeTurn(slot.Process.Member!, slot.Turn);
        bool worked = slot.Process.RunTurn(slot);
        if (slot.Process is { IsOver: false, Planted: { } after })
            after.AfterTurn(slot.Process.Member!, slot.Turn);
        if (!worked)
        {
            // A turn that wants to run and finds nothing to do: time has to pass before it is asked again.
            slot.NotBefore = Now + TimeSpan.TicksPerMicrosecond * 10;
            return;
        }

        Turns++;
        slot.NotBefore = Now + (slot.WaitsForDisk ? member.DiskTime() : TurnTime(member));
        Trace.Add(Now, TraceKind.Turn, member.Name, slot.Number, slot.Process.Disk.Digest, slot.Turn.Name);
        if (slot.Process is { IsOver: false, Probe: { } probe })
            Checker?.AfterTurn(probe);
    }

    /// <summary>What a turn costs, and at times another process or the collector has the processor.</summary>
    private long TurnTime(SimMember member)
    {
        long time = TimeSpan.TicksPerMicrosecond * _schedule.Next(1, 100);
        return member.SlowTurns > 0 && _schedule.Chance(member.SlowTurns) ? time * 1000 : time;
    }

    private void RunContinuation(int number)
    {
        if (Clients.Count > 0 && number-- == 0)
        {
            Trace.Add(Now, TraceKind.Continuation, "c", Clients.Count);
            Clients.RunOne(_schedule);
            return;
        }

        foreach (SimMember member in _members)
        {
            if (member.Process is not { IsOver: false } process || member.IsPaused || process.Context.Count == 0 || number-- > 0)
                continue;
            Trace.Add(Now, TraceKind.Continuation, member.Name, process.Context.Count);
            process.Run(() => process.Context.RunOne(_schedule));
            return;
        }
    }

    private MemberOptions OptionsOf(int index, string name) => new()
    {
        Name = name,
        DataDirectory = "/data",
        InitialCluster = [.. Enumerable.Range(1, Plan.Members).Select(static number => new InitialMember($"n{number}", [SimMember.UrlOf(number - 1)]))],
        InitialClusterToken = string.Create(CultureInfo.InvariantCulture, $"world-{Plan.Seed}"),
        AdvertisePeerUrls = [SimMember.UrlOf(index)],
        AdvertiseClientUrls = [$"http://10.0.0.{index + 1}:2379"],
        SnapshotCount = Plan.SnapshotCount,
        SnapshotCatchUpEntries = Plan.CatchUpEntries,
        BackendBatchLimit = Plan.BackendBatchLimit,
        CompactionBatchLimit = Plan.CompactionBatchLimit,
        PreVote = Plan.PreVote,
        LeaseCheckpoints = Plan.LeaseCheckpoints,
        WatchProgressNotifyInterval = TimeSpan.FromSeconds(5),
    };
}

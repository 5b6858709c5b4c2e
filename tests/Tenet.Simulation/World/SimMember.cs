using Tenet.Foundation.Files.Simulation;
using Tenet.Foundation.Randomness;
using Tenet.Server;

namespace Tenet.Simulation.Worlds;

/// <summary>A machine with a member on it: its disk and clocks, which outlive the process, and the process if one runs.</summary>
internal sealed class SimMember
{
    private readonly World _world;
    private readonly SeededRandom _random;
    private readonly List<(SimProcess Process, Action Action)> _held = [];
    private int _lives;
    private ulong _belongsTo;

    public SimMember(World world, int index, SeededRandom random)
    {
        _world = world;
        _random = random;
        Index = index;
        Name = $"n{index + 1}";
        Clock = new SimClock(world);
        Disk = new SimFileSystem();
        (DiskTimeMin, DiskTimeMax) = world.Plan.DiskTime;
    }

    public int Index { get; }

    public string Name { get; }

    public string PeerUrl => UrlOf(Index);

    public static string UrlOf(int index) => $"http://10.0.0.{index + 1}:2380";

    public SimClock Clock { get; }

    public SimFileSystem Disk { get; private set; }

    /// <summary>The process that runs; null while there is none.</summary>
    public SimProcess? Process { get; private set; }

    /// <summary>The member that runs and has finished its start, or null.</summary>
    public Member? Member => Process?.Member;

    /// <summary>Stopped by SIGSTOP: nothing of it runs, its connections stay.</summary>
    public bool IsPaused { get; private set; }

    public bool IsRunning => Process is { IsOver: false, Member: not null } && !IsPaused;

    /// <summary>The identifier of the member that started here last; 0 before the first start.</summary>
    public ulong MemberId { get; private set; }

    /// <summary>The identifier under which the cluster lists the machine that joined it; 0 for a founder that was never replaced.</summary>
    public ulong BelongsTo
    {
        get => _belongsTo != 0 ? _belongsTo : MemberId;
        set => _belongsTo = value;
    }

    /// <summary>How often a loop's thread is not given a processor for a while, 0 to 1.</summary>
    public double SlowTurns { get; set; }

    /// <summary>How it starts next time.</summary>
    public required MemberOptions Options { get; set; }

    /// <summary>Whether the world wants it to run: false once it was removed from the cluster, or before it joins.</summary>
    public bool IsWanted { get; set; } = true;

    /// <summary>How long a sync takes, in ticks.</summary>
    public long DiskTimeMin { get; set; }

    public long DiskTimeMax { get; set; }

    public long DiskTime() => DiskTimeMax <= DiskTimeMin ? DiskTimeMin : DiskTimeMin + (long)(_random.NextDouble() * (DiskTimeMax - DiskTimeMin));

    public void Start()
    {
        if (Process is { IsOver: false })
            return;
        Process = new SimProcess(_world, this, _lives++);
        Clock.Process = Process;
        Disk.Faults = Process.Disk;
        _world.Trace.Add(_world.Now, TraceKind.Process, Name, _lives, 0, "starts");
        Process.Start(Options);
    }

    public void Opened(SimProcess process)
    {
        MemberId = process.Member!.Peers.MemberId;
        _world.Trace.Add(_world.Now, TraceKind.Process, Name, (long)process.Member.Status.AppliedIndex, 0, "is up");
        _world.MemberOpened(this);
    }

    /// <summary>Power gone: what was not synced may be lost or torn.</summary>
    public void CutPower()
    {
        _world.Trace.Add(_world.Now, TraceKind.Process, Name, Disk.OperationCount, 0, "loses power");
        Replace(Disk.Crash(_random), goesDown: true);
    }

    /// <summary>kill -9: the process is gone, what it wrote is in the page cache and stays.</summary>
    public void Kill()
    {
        _world.Trace.Add(_world.Now, TraceKind.Process, Name, Disk.OperationCount, 0, "is killed");
        Replace(Disk.Clone());
    }

    /// <summary>SIGTERM: the member ends in its own way, as fast as it can.</summary>
    public void Stop()
    {
        if (Process is not { IsOver: false, Member: { } member } process || IsPaused)
            return;
        _world.Trace.Add(_world.Now, TraceKind.Process, Name, 0, 0, "is told to stop");
        process.Run(() => _ = StopAsync(process, member));
    }

    public void Pause()
    {
        _world.Trace.Add(_world.Now, TraceKind.Process, Name, 0, 0, "is paused");
        IsPaused = true;
    }

    public void Resume()
    {
        if (!IsPaused)
            return;
        _world.Trace.Add(_world.Now, TraceKind.Process, Name, _held.Count, 0, "goes on");
        IsPaused = false;
        (SimProcess Process, Action Action)[] held = [.. _held];
        _held.Clear();
        foreach ((SimProcess process, Action action) in held)
            process.Run(action);
        Process?.WakeAll();
    }

    public void Hold(SimProcess process, Action action) => _held.Add((process, action));

    /// <summary>A new, empty disk: the machine was replaced.</summary>
    public void Wipe()
    {
        MemberId = 0;
        Replace(new SimFileSystem { CapacityBytes = Disk.CapacityBytes }, goesDown: true);
    }

    /// <summary>
    /// The process has ended by itself and comes back. If a sync had failed the machine is restarted before that: its page cache shows what
    /// the medium will never have.
    /// </summary>
    public void StoppedItself(bool syncFailed)
    {
        Replace(syncFailed ? Disk.Crash(_random) : Disk.Clone(), goesDown: syncFailed);
        _world.MemberStoppedItself(this);
    }

    private async Task StopAsync(SimProcess process, Member member)
    {
        await member.StopAsync();
        if (process.IsOver)
            return;
        _world.Trace.Add(_world.Now, TraceKind.Process, Name, 0, 0, "has stopped");

        // A sync that fails at the very end stops nobody any more, but the page cache is as untrue as after any other.
        Replace(process.SyncFailed ? Disk.Crash(_random) : Disk.Clone(), goesDown: process.SyncFailed);
    }

    /// <summary>Nothing of the process is left; the machine goes down with it or runs on.</summary>
    private void Replace(SimFileSystem disk, bool goesDown = false)
    {
        if (!goesDown && Member is not null)
            _world.Network.ProcessGone(this, MemberId);

        IsPaused = false;
        _held.Clear();
        SimProcess? ended = Process;
        Process = null;
        Clock.Process = null;
        Disk = disk;
        ended?.End();
        _world.ProcessEnded(this);
    }
}

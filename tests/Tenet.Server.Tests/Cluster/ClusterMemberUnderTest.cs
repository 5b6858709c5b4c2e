using Tenet.Foundation.Files.Simulation;
using Tenet.Foundation.Randomness;
using Tenet.Server.Loops;
using Tenet.Server.Tests.Support;

namespace Tenet.Server.Tests.Cluster;

/// <summary>One member of a <see cref="TestCluster"/>: its disk outlives it, and it may be started again.</summary>
internal sealed class ClusterMemberUnderTest(TestCluster cluster, string name, MemberOptions options)
{
    private IReadOnlyList<ITurn> _turns = [];
    private ulong _lives;

    public string Name => name;

    public MemberOptions Options { get; set; } = options;

    public SimFileSystem Disk { get; set; } = new();

    public RecordingLog Log { get; private set; } = new();

    public Member? Member { get; private set; }

    public ulong Id { get; private set; }

    public bool IsRunning => Member is not null;

    /// <summary>What ended the member by itself.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Turns of this name are not run: the thread behind them waits for its disk.</summary>
    public string? Stalled { get; set; }

    public EngineState State => Running.Engine.Core.State;

    public Member Running => Member ?? throw new InvalidOperationException($"{name} does not run");

    public void Start()
    {
        _lives++;
        Failure = null;
        Log = new RecordingLog();
        Member member = Member.OpenAsync(Options, new MemberSeams
        {
            Files = Disk,
            Clock = cluster.Clock,
            Log = Log,
            Random = new SeededRandom(cluster.Seed + _lives * 31 + (ulong)name[^1]),
            CompleteOnPool = false,
            BackendLockTimeout = TimeSpan.Zero,
            Peers = cluster.Network.NewPort(),
        }).GetAwaiter().GetResult();
        Member = member;
        Id = member.Peers.MemberId;
        _turns = member.Turns;
    }

    /// <summary>Runs each turn once.</summary>
    public bool RunTurns()
    {
        bool worked = false;
        foreach (ITurn turn in _turns)
        {
            if (turn.Name == Stalled)
                continue;
            try
            {
                worked |= turn.RunTurn();
            }
            catch (MemberRemovedException removed)
            {
                Failure = removed;
                Member!.Fail(removed);
                Forget();
                return true;
            }
        }

        return worked;
    }

    /// <summary>Power fails; what the disk keeps is drawn.</summary>
    public void CutPower(SeededRandom random) => CutPower(Disk.Crash(random));

    public void CutPower(SimFileSystem after)
    {
        Forget();
        Disk = after;
    }

    /// <summary>Stops as an operator would; the others go on meanwhile.</summary>
    public void Stop()
    {
        Task handedOver = Running.HandOverAsync();
        cluster.RunUntil(() => handedOver.IsCompleted);
        handedOver.GetAwaiter().GetResult();
        Running.StopAsync().GetAwaiter().GetResult();
        Forget();
    }

    private void Forget()
    {
        cluster.Network.Unplug(Id);
        Member = null;
        _turns = [];
    }
}

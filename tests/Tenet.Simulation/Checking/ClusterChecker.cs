using Tenet.Foundation.Files;
using Tenet.Raft;
using Tenet.Server;

namespace Tenet.Simulation.Checking;

/// <summary>
/// Watches a whole cluster: what its members hold after every turn, what they tell each other, what a crash leaves on their disks, and
/// what clients were told. Every call may throw <see cref="CheckFailedException"/>. Draws nothing at random and changes nothing.
/// </summary>
internal sealed class ClusterChecker
{
    private readonly Func<TimeSpan> _now;
    private readonly CheckerOptions _options;
    private readonly RaftSafety _raft;
    private readonly EqualState _equalState;
    private readonly DiskChecker _disk;

    /// <param name="now">The world's own time, which every member's clock follows more or less.</param>
    /// <param name="options">How much leeway time has.</param>
    public ClusterChecker(Func<TimeSpan> now, CheckerOptions options)
    {
        _now = now;
        _options = options;
        Reference = new ReferenceState(now);
        _raft = new RaftSafety(now);
        _equalState = new EqualState(Reference);
        _disk = new DiskChecker(Reference);
    }

    /// <summary>What clients do and are told.</summary>
    public History History { get; } = new();

    /// <summary>What the cluster's log adds up to.</summary>
    public ReferenceState Reference { get; }

    /// <summary>
    /// The first broken promise. Member code that a check is called from may keep the exception to itself, so whoever runs the world asks.
    /// </summary>
    public CheckFailedException? Failure { get; private set; }

    /// <summary>The seam to hand to a member for one life (<see cref="MemberSeams.Observer"/>).</summary>
    public IMemberObserver ObserverOf(ulong member, int life) => new Observer(this, member, life);

    /// <summary>A member has been opened and has not run yet.</summary>
    public void Started(IMemberProbe member)
    {
        try
        {
            _raft.Started(member);
        }
        catch (CheckFailedException failure) when (Remember(failure))
        {
            throw;
        }
    }

    /// <summary>One turn of this member has run.</summary>
    public void AfterTurn(IMemberProbe member)
    {
        _raft.AfterTurn(member);
        _equalState.AfterTurn(member);
    }

    /// <summary>A member hands a message to the network: it has promised what the message says.</summary>
    public void Sent(Message message)
    {
        try
        {
            _raft.Sent(message);
        }
        catch (CheckFailedException failure) when (Remember(failure))
        {
            throw;
        }
    }

    /// <summary>
    /// A member has crashed or was stopped; this is what is left on its disk, before anybody opens it. The check may open and lock
    /// files, so it gets a copy.
    /// </summary>
    public void CheckDisk(ulong member, IFileSystem copy, MemberOptions memberOptions) => _disk.Check(member, copy, memberOptions);

    /// <summary>
    /// The run is over: the cluster is healed, has applied everything and runs nothing more; leases had the time to run out. Checks what
    /// can only be checked at the end: the clients' history, the watchers, the leases, and that all running members hold the same.
    /// </summary>
    public void Finish(IReadOnlyList<Member> running)
    {
        _equalState.Finish(running);
        CheckHistory();
    }

    /// <summary>Checks what clients were told so far: their history, the watchers, the leases.</summary>
    public void CheckHistory()
    {
        Require(LinearizabilityChecker.Check(History.Operations, Reference.Keys));
        long[] compactions = [.. Reference.Compactions.Select(static compaction => compaction.Revision)];
        foreach (WatchRecord watch in History.Watches)
            Require(WatchChecker.Check(watch, Reference.Keys, compactions));
        Require(new LeaseChecker(Reference, History.Operations, _options).Check(_now(), _raft.LastElection));
    }

    private bool Remember(CheckFailedException failure)
    {
        Failure ??= failure;
        return true;
    }

    private static void Require(Violation? violation)
    {
        if (violation is not null)
            throw new CheckFailedException(violation);
    }

    private sealed class Observer(ClusterChecker checker, ulong member, int life) : IMemberObserver
    {
        public void Applying(in Entry entry)
        {
            try
            {
                checker._raft.Applying(member, life, entry);
                checker.Reference.Apply(entry);
            }
            catch (CheckFailedException failure) when (checker.Remember(failure))
            {
                throw;
            }
        }

        public void Installing(Snapshot snapshot) => checker._raft.Installing(member, snapshot.Index);
    }
}

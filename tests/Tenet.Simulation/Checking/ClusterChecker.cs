using Tenet.Foundation.Files;
using Tenet.Raft;
using Tenet.Server;

namespace Tenet.Simulation.Checking;

/// <summary>
/// Watches a whole cluster: what its members hold after every turn, what they tell each other, what a crash leaves on their disks, and
/// what clients were told. Every call may throw <see cref="CheckFailedException"/>. Draws nothing at random and changes nothing.
/// </summary>
/// <param name="now">The world's own time, which every member's clock follows more or less.</param>
/// <param name="options">How much leeway time has.</param>
internal sealed class ClusterChecker(Func<TimeSpan> now, CheckerOptions options)
{
    /// <summary>What clients do and are told.</summary>
    public History History { get; } = new();

    /// <summary>The seam to hand to a member for one life (<see cref="MemberSeams.Observer"/>).</summary>
    public IMemberObserver ObserverOf(ulong member, int life) => throw new NotSupportedException($"{member} {life} {now} {options}");

    /// <summary>A member has been opened and has not run yet.</summary>
    public void Started(IMemberProbe member) => throw new NotSupportedException($"{member}");

    /// <summary>One turn of this member has run.</summary>
    public void AfterTurn(IMemberProbe member) => throw new NotSupportedException($"{member}");

    /// <summary>A member hands a message to the network: it has promised what the message says.</summary>
    public void Sent(Message message) => throw new NotSupportedException($"{message}");

    /// <summary>
    /// A member has crashed or was stopped; this is what a power cut left on its disk, before anybody opens it. The check may open and lock
    /// files, so it gets a copy.
    /// </summary>
    public void CheckDisk(ulong member, IFileSystem copy, MemberOptions memberOptions) => throw new NotSupportedException($"{member} {copy} {memberOptions}");

    /// <summary>
    /// The run is over: the cluster is healed, has applied everything and runs nothing more; leases had the time to run out. Checks what
    /// can only be checked at the end: the clients' history, the watchers, the leases, and that all running members hold the same.
    /// </summary>
    public void Finish(IReadOnlyList<Member> running) => throw new NotSupportedException($"{running}");
}

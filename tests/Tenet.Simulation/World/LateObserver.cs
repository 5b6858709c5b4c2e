using Tenet.Raft;
using Tenet.Server;
using Tenet.Simulation.Checking;

namespace Tenet.Simulation.Worlds;

/// <summary>A member's observer from before it is known which member that is: one that joins learns its identifier while it starts.</summary>
internal sealed class LateObserver(ClusterChecker checker, SimProcess process) : IMemberObserver
{
    private IMemberObserver? _observer;

    private IMemberObserver Observer => _observer ??= checker.ObserverOf(process.Transport.Local!.MemberId, process.Life);

    public void Applying(in Entry entry) => Observer.Applying(entry);

    public void Installing(Snapshot snapshot) => Observer.Installing(snapshot);
}

using System.Runtime.CompilerServices;
using Tenet.Server;
using Tenet.Server.Loops;
using Tenet.State.Watch;

namespace Tenet.Simulation.Planted;

/// <summary>A watcher that is caught up from history is taken to be one revision further than it is.</summary>
internal sealed class WatchGapAfterCatchUp : PlantedBug
{
    private readonly HashSet<Watcher> _moved = [];

    public override void BeforeTurn(Member member, ITurn turn)
    {
        if (turn.Name != "watch")
            return;
        UnsyncedWatchers unsynced = UnsyncedOf(member.Engine.Core.Watches);
        if (unsynced.Lowest is not { } watcher || watcher.NextRevision <= 1 || watcher.NextRevision >= member.Engine.Core.Store.CurrentRevision
            || !_moved.Add(watcher))
        {
            return;
        }

        unsynced.Remove(watcher);
        watcher.NextRevision++;
        unsynced.Add(watcher);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_unsynced")]
    private static extern ref UnsyncedWatchers UnsyncedOf(WatchHub hub);
}

using Tenet.Protocol.Etcdserverpb;
using Tenet.Server.Loops;
using Tenet.Server.Services;
using Member = Tenet.Server.Member;

namespace Tenet.Simulation.Planted;

/// <summary>A leader that was deposed goes on counting, and revokes what its successor has renewed since.</summary>
internal sealed class LeaseRevokedByDeposedLeader : PlantedBug
{
    private readonly SortedDictionary<long, TimeSpan> _counted = [];

    public override void AfterTurn(Member member, ITurn turn)
    {
        MemberCore core = member.Engine.Core;
        if (turn.Name != "leases")
            return;
        if (core.State.IsLeader)
        {
            _counted.Clear();
            foreach (long id in core.Lessor.Ids())
            {
                if (core.Lessor.TimeToLive(id, withKeys: false, core.Now) is { Counted: true } lease)
                    _counted[id] = core.Now + TimeSpan.FromSeconds(lease.RemainingSeconds + 1);
            }

            return;
        }

        foreach (long id in _counted.Keys.ToArray())
        {
            if (_counted[id] > core.Now || core.State.Lead == 0)
                continue;
            _counted.Remove(id);
            core.Requests.TrySubmit(new InternalRaftRequest { LeaseRevoke = new LeaseRevokeRequest { ID = id } }, null, out _);
        }
    }
}

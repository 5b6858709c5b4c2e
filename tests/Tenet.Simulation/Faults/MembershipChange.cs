using Google.Protobuf.Collections;
using Tenet.Foundation.Randomness;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Simulation.Workload;
using Tenet.Simulation.Worlds;
using ListedMember = Tenet.Protocol.Etcdserverpb.Member;

namespace Tenet.Simulation.Faults;

/// <summary>
/// An operator changes the cluster: adds a machine with an empty disk, as a learner or with a vote at once, promotes learners, removes members,
/// whose machines come back later under a new identifier.
/// </summary>
internal sealed class MembershipChange(World world, SeededRandom random) : Fault(world, random, FaultKind.MembershipChange, TimeSpan.FromSeconds(3))
{
    private readonly Reconciliation _reconciliation = new(world);
    private bool _busy;

    protected override void Strike()
    {
        if (_busy || PickRunning() is not { } asked)
            return;
        _busy = true;
        World.Clients.Within(() => _ = ChangeAsync(asked));
    }

    private async Task ChangeAsync(SimMember asked)
    {
        var request = new MemberListRequest { Linearizable = true };
        MemberListResponse? list = await World.Operator.AskAsync(asked, (member, call) => member.Cluster.MemberList(request, call).AsTask());
        if (list is not null && !IsOver)
        {
            _reconciliation.Follow(list.Members);
            RepeatedField<ListedMember>? after = await ChangeAsync(asked, list.Members);
            if (after is not null)
                _reconciliation.Follow(after);
        }

        _busy = false;
    }

    private async Task<RepeatedField<ListedMember>?> ChangeAsync(SimMember asked, RepeatedField<ListedMember> list)
    {
        ListedMember? learner = list.FirstOrDefault(static member => member.IsLearner);
        int voters = list.Count(static member => !member.IsLearner);
        SimMember? spare = Pick(machine => list.All(member => member.PeerURLs[0] != machine.PeerUrl));
        if (learner is not null && Random.Chance(0.7))
        {
            Tell(World.FindByUrl(learner.PeerURLs[0]), "is promoted");
            var promote = new MemberPromoteRequest { ID = learner.ID };
            return (await World.Operator.AskAsync(asked, (member, call) => member.Cluster.MemberPromote(promote, call).AsTask()))?.Members;
        }

        if (spare is not null && learner is null && (voters < World.Plan.Members || Random.Chance(0.5)))
        {
            var add = new MemberAddRequest { PeerURLs = { spare.PeerUrl }, IsLearner = Random.Chance(0.7) };
            Tell(spare, add.IsLearner ? "is added as a learner" : "is added");
            return (await World.Operator.AskAsync(asked, (member, call) => member.Cluster.MemberAdd(add, call).AsTask()))?.Members;
        }

        if (voters < 3 && learner is null)
            return null;
        ListedMember victim = list[Random.Next(list.Count)];
        if (voters < 3 && !victim.IsLearner)
            return null;
        Tell(World.FindByUrl(victim.PeerURLs[0]), "is removed");
        var remove = new MemberRemoveRequest { ID = victim.ID };
        return (await World.Operator.AskAsync(asked, (member, call) => member.Cluster.MemberRemove(remove, call).AsTask()))?.Members;
    }
}

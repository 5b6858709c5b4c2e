using Tenet.Protocol.Etcdserverpb;
using Tenet.Server;
using Tenet.Simulation.Worlds;
using ListedMember = Tenet.Protocol.Etcdserverpb.Member;

namespace Tenet.Simulation.Workload;

/// <summary>
/// Makes the machines follow the cluster's list of members, whatever became of the requests that changed it: who is listed runs, with an empty
/// disk if it is listed under a new identifier; who is not listed any more is shut down.
/// </summary>
internal sealed class Reconciliation(World world)
{
    /// <summary>Asks for the list and follows it. To be awaited by clients' code.</summary>
    /// <returns>Whether the list was had and everybody listed runs already.</returns>
    public async Task<bool> RunAsync(SimMember asked)
    {
        var request = new MemberListRequest { Linearizable = true };
        MemberListResponse? list = await world.Operator.AskAsync(asked, (member, call) => member.Cluster.MemberList(request, call).AsTask());
        return list is not null && Follow(list.Members);
    }

    /// <summary>Follows a list that the cluster agreed on.</summary>
    public bool Follow(IReadOnlyList<ListedMember> list)
    {
        bool settled = true;
        foreach (SimMember machine in world.Members)
        {
            ListedMember? listed = list.FirstOrDefault(member => member.PeerURLs[0] == machine.PeerUrl);
            if (listed is null)
                settled &= TakeDown(machine);
            else
                settled &= BringUp(machine, listed, list);
        }

        return settled;
    }

    private static bool TakeDown(SimMember machine)
    {
        machine.IsWanted = false;
        if (machine.Process is null)
            return true;
        machine.Kill();
        return false;
    }

    private bool BringUp(SimMember machine, ListedMember listed, IReadOnlyList<ListedMember> list)
    {
        if (machine.BelongsTo == listed.ID)
        {
            machine.IsWanted = true;
            return machine.IsRunning;
        }

        // Listed under an identifier that this machine never had: it joins, with nothing on its disk.
        world.Trace.Add(world.Now, TraceKind.Fault, machine.Name, (long)listed.ID, 0, "joins");
        machine.Wipe();
        machine.IsWanted = true;
        machine.BelongsTo = listed.ID;
        machine.Options = machine.Options with
        {
            InitialClusterState = InitialClusterState.Existing,
            InitialCluster = [.. list.Select(member => new InitialMember(world.FindByUrl(member.PeerURLs[0])!.Name, [.. member.PeerURLs]))],
        };
        machine.Start();
        return false;
    }
}

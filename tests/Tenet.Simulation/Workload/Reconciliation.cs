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

    /// <summary>
    /// Starts whoever is listed by the member that has applied most: a cluster whose newest voter was never started has no majority, and so
    /// nobody who could tell its list with certainty.
    /// </summary>
    public async Task StartListedAsync()
    {
        SimMember? asked = world.Members.Where(static member => member.IsRunning).MaxBy(static member => member.Member!.Status.AppliedIndex);
        if (asked is null)
            return;
        MemberListResponse? list = await world.Operator.AskAsync(asked, static (member, call) => member.Cluster.MemberList(new MemberListRequest(), call).AsTask());
        foreach (SimMember machine in list is null ? [] : world.Members)
        {
            if (list!.Members.FirstOrDefault(member => member.PeerURLs[0] == machine.PeerUrl) is { } listed)
                BringUp(machine, listed, list.Members);
        }
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
            if (machine.MemberId == 0)
                machine.Options = Joining(machine, list);
            return machine.IsRunning;
        }

        // Listed under an identifier that this machine never had: it joins, with nothing on its disk.
        world.Trace.Add(world.Now, TraceKind.Fault, machine.Name, (long)listed.ID, 0, "joins");
        machine.Wipe();
        machine.IsWanted = true;
        machine.BelongsTo = listed.ID;
        machine.Options = Joining(machine, list);
        machine.Start();
        return false;
    }

    /// <summary>One that joins has to be told of exactly the members that there are when it asks.</summary>
    private MemberOptions Joining(SimMember machine, IReadOnlyList<ListedMember> list) => machine.Options with
    {
        InitialClusterState = InitialClusterState.Existing,
        InitialCluster = [.. list.Select(member => new InitialMember(world.FindByUrl(member.PeerURLs[0])!.Name, [.. member.PeerURLs]))],
    };
}

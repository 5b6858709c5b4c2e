using Google.Protobuf;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Simulation.Faults;
using Tenet.Simulation.Workload;

namespace Tenet.Simulation.Worlds;

/// <content>A world's life: founding, faults under load, healing, and what must hold then.</content>
internal sealed partial class World
{
    private static readonly TimeSpan FoundingMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LeasesMax = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan HealingMax = TimeSpan.FromSeconds(60);

    /// <summary>The newest revision that any client has heard of.</summary>
    public long HighestRevision { get; private set; }

    /// <summary>The member that leads, by its own word and the newest term; null if none does.</summary>
    public SimMember? Leader()
    {
        SimMember? leader = null;
        foreach (SimMember member in _members)
        {
            if (member is { IsRunning: true, Member: { } running } && running.Engine.Core.State.IsLeader
                && (leader is null || running.Engine.Core.State.Term > leader.Member!.Engine.Core.State.Term))
            {
                leader = member;
            }
        }

        return leader;
    }

    /// <summary>A client was answered.</summary>
    public void Answered(IMessage response)
    {
        long revision = response switch
        {
            PutResponse put => put.Header.Revision,
            TxnResponse transaction => transaction.Header.Revision,
            DeleteRangeResponse delete => delete.Header.Revision,
            RangeResponse range => range.Header.Revision,
            _ => 0,
        };
        HighestRevision = Math.Max(HighestRevision, revision);
    }

    public void Run()
    {
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            Found();
            Load.Begin();
            FaultMix.Begin();
            Phase("faults");
            RunUntil(Now + Plan.FaultPhase.Ticks);
            Heal();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    private void Phase(string name) => Trace.Add(Now, TraceKind.Phase, "", 0, 0, name);

    private void Found()
    {
        Phase("founding");
        foreach (SimMember member in _members.Where(static member => member.IsWanted).ToArray())
            At(Now + (long)(_schedule.NextDouble() * TimeSpan.TicksPerSecond), member.Start);
        Require(FoundingMax, "a founded cluster that serves", () => _members.TrueForAll(static member => !member.IsWanted || member.Member?.Ready.IsCompleted == true));
    }

    private void Heal()
    {
        Phase("healing");
        FaultMix.End();
        if (Plan.Faults.Contains(FaultKind.MembershipChange))
            After(TimeSpan.FromSeconds(2), () => Clients.Within(() => _ = new Reconciliation(this).StartListedAsync()));
        Require(HealingMax, "leader", () => Leader() is not null);
        Settle();
        foreach (SimMember member in _members.Where(IsVoter).ToArray())
            RequireWrite(member);
        Load.Stop();
        Require(HealingMax, "end of all clients", () => Load.IsDone);
        Load.ThrowIfFailed();
        RunUntil(Now + LeasesMax.Ticks);
        Require(HealingMax, "time at which all have applied the same", AllAppliedTheSame);
        long revision = _members.First(static member => member.IsWanted).Member!.Engine.Core.Store.CurrentRevision;
        RunUntil(Now + TimeSpan.TicksPerSecond * 3);
        Load.FinishWatches(revision);
        RequireEqualHashes();
        Phase("end");
        Checker?.Finish([.. _members.Where(static member => member.IsRunning).Select(static member => member.Member!)]);
    }

    /// <summary>Whoever belongs to the cluster runs, whoever does not is down.</summary>
    private void Settle()
    {
        bool settled = !Plan.Faults.Contains(FaultKind.MembershipChange);
        bool asking = false;
        async Task AskAsync()
        {
            asking = true;
            settled = await new Reconciliation(this).RunAsync(Leader() ?? _members[0]);
            await Delay(TimeSpan.FromMilliseconds(300));
            asking = false;
        }

        Require(HealingMax, "settled membership", () =>
        {
            if (!settled && !asking)
                Clients.Within(() => _ = AskAsync());
            return settled && !asking;
        });
        Require(HealingMax, "time at which all are up", () => _members.TrueForAll(static member => !member.IsWanted || member.IsRunning));
    }

    /// <summary>By the leader's word: one that has just joined does not know yet.</summary>
    private bool IsVoter(SimMember member) =>
        member.IsWanted && Leader() is { Member: { } leader } && leader.Peers.Members.Find(member.BelongsTo) is not { IsLearner: true };

    private void RequireWrite(SimMember member)
    {
        bool written = false;
        bool trying = false;
        async Task TryAsync()
        {
            trying = true;
            written |= await Load.WriteThroughAsync(member);
            trying = false;
        }

        // A removal that was asked for before may take effect as late as now.
        Require(HealingMax, $"write through {member.Name}", () =>
        {
            if (!written && !trying && member.IsWanted)
                Clients.Within(() => _ = TryAsync());
            return (written || !member.IsWanted) && !trying;
        });
    }

    private bool AllAppliedTheSame()
    {
        ulong? applied = null;
        foreach (SimMember member in _members)
        {
            if (!member.IsWanted)
                continue;
            if (!member.IsRunning)
                return false;
            ulong own = member.Member!.Engine.Core.State.AppliedIndex;
            if (own != member.Member.Engine.Core.State.CommittedIndex || own != (applied ??= own))
                return false;
        }

        return true;
    }

    private void RequireEqualHashes()
    {
        (uint Hash, long Compacted, long Revision)? first = null;
        foreach (SimMember member in _members.Where(static member => member.IsRunning))
        {
            var store = member.Member!.Engine.Core.Store;
            var result = store.HashKv(0);
            if (result.IsRefused)
                throw new SimulationFailedException($"{member.Name} refuses to hash: {result.Error.Message}");
            (uint Hash, long Compacted, long Revision) own = (result.Response.Hash, result.Response.CompactRevision, result.Response.Revision);
            if (own != (first ??= own))
                throw new SimulationFailedException($"{member.Name} has hash {own}, another member {first}");
        }
    }

    private void Require(TimeSpan patience, string what, Func<bool> condition)
    {
        if (!RunUntil(Now + patience.Ticks, condition))
            throw new SimulationFailedException($"there is no {what} after {patience.TotalSeconds:F0} s");
    }
}

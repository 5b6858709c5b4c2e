using Tenet.Raft;
using Tenet.Server;
using Tenet.Server.Loops;

namespace Tenet.Simulation.Planted;

/// <summary>One member carries two neighbouring entries out in the wrong order now and then.</summary>
internal sealed class AppliedOutOfOrder : PlantedBug
{
    public override void BeforeTurn(Member member, ITurn turn)
    {
        if (turn.Name != "apply" || member.Engine.Core.Options.Name != "n1")
            return;
        Mailbox<ApplyWork> work = member.Engine.Applying.Work;
        foreach (ApplyWork part in work.TakeAll().ToArray())
            work.TryPost(part is ApplyWork.Entries entries ? new ApplyWork.Entries(Swap(entries.Apply)) : part);
    }

    private static StorageApply Swap(StorageApply apply)
    {
        Entry[] entries = [.. apply.Entries];
        for (int i = 1; i < entries.Length; i++)
        {
            (Entry first, Entry second) = (entries[i - 1], entries[i]);
            if (first.Type != EntryType.Normal || second.Type != EntryType.Normal || first.Data.IsEmpty || second.Data.IsEmpty)
                continue;
            entries[i - 1] = first with { Data = second.Data };
            entries[i] = second with { Data = first.Data };
            break;
        }

        return new StorageApply { Entries = entries, Response = apply.Response };
    }
}

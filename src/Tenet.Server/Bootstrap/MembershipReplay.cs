using Tenet.Raft;
using Tenet.Raft.Wire;
using Tenet.State.Apply;
using Tenet.State.Members;

namespace Tenet.Server.Bootstrap;

/// <summary>Carries the membership of a snapshot on through the entries of the log after it.</summary>
/// <param name="cluster">The members as of the snapshot.</param>
/// <param name="confState">Raft's configuration as of the snapshot.</param>
/// <param name="stored">The db's members as of the last entry: by them it is seen which changes took effect.</param>
internal sealed class MembershipReplay(ClusterView cluster, ConfState confState, ClusterView stored)
{
    /// <summary>The members after the last entry.</summary>
    public ClusterView Cluster { get; private set; } = cluster;

    /// <summary>Raft's configuration after the last entry.</summary>
    public ConfState ConfState { get; private set; } = confState;

    /// <summary>Takes the next entry; one that does not concern the members changes nothing.</summary>
    public void Apply(in Entry entry)
    {
        switch (entry.Type)
        {
            case EntryType.ConfChange:
                ConfChange change = RaftCodec.ReadConfChange(entry.Data);
                Apply(new MemberChange((MemberChangeKind)change.Type, change.NodeId, change.Context));
                break;
            case EntryType.ConfChangeV2:
                ConfChangeV2 general = RaftCodec.ReadConfChangeV2(entry.Data);
                foreach (ConfChangeSingle step in general.Changes)
                    Apply(new MemberChange((MemberChangeKind)step.Type, step.NodeId, general.Context));
                break;
            default:
                if (EntryDecoder.Decode(entry.Data.Span, entry.Index)?.ClusterMemberAttrSet is { } set)
                    Cluster = MembershipRules.AfterAttributes(Cluster, set.MemberID, set.MemberAttributes?.Name ?? "", [.. set.MemberAttributes?.ClientUrls ?? []]);
                break;
        }
    }

    /// <summary>
    /// How many learners there may be is the option of another run, so whether one was refused for their number is seen by the db: every version
    /// stores whom it adds and marks whom it removes.
    /// </summary>
    private void Apply(MemberChange change)
    {
        bool tookEffect = stored.Find(change.NodeId) is not null || stored.WasRemoved(change.NodeId);
        if (!tookEffect || MembershipRules.Validate(Cluster, change, int.MaxValue) is not null)
            return;
        ConfState = ConfState.After((ConfChangeType)change.Kind, change.NodeId);
        Cluster = MembershipRules.After(Cluster, change);
    }
}

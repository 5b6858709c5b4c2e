using Tenet.Foundation;
using Tenet.Protocol.Errors;

namespace Tenet.State.Members;

/// <summary>What configuration changes may do to a membership, and what they make of it (contract/consensus.md, 6.6). Pure: the same on every member.</summary>
public static class MembershipRules
{
    /// <summary>Whether a change may be applied. Null if so; a refused change is not given to Raft except as one that changes nothing.</summary>
    /// <param name="cluster">The membership before it.</param>
    /// <param name="change">The change.</param>
    /// <param name="learnersMax">How many learners there may be.</param>
    public static EtcdError? Validate(ClusterView cluster, MemberChange change, int learnersMax)
    {
        if (cluster.WasRemoved(change.NodeId))
            return EtcdErrors.MemberNotFound;

        ClusterMember? known = cluster.Find(change.NodeId);
        switch (change.Kind)
        {
            case MemberChangeKind.AddVoter or MemberChangeKind.AddLearner:
                MemberContext context = Context(change);
                if (context.IsPromote)
                    return known is null ? EtcdErrors.MemberNotFound : known.IsLearner ? null : EtcdErrors.MemberNotLearner;
                if (known is not null)
                    return EtcdErrors.MemberExists;
                if (UsesAny(cluster, context.Member.PeerUrls, except: 0))
                    return EtcdErrors.PeerUrlExists;
                bool addsLearner = change.Kind == MemberChangeKind.AddLearner && context.Member.IsLearner;
                return addsLearner && cluster.Learners.Count >= learnersMax ? EtcdErrors.TooManyLearners : null;
            case MemberChangeKind.Remove:
                return known is null ? EtcdErrors.MemberNotFound : null;
            case MemberChangeKind.Update:
                if (known is null)
                    return EtcdErrors.MemberNotFound;
                return UsesAny(cluster, Context(change).Member.PeerUrls, except: change.NodeId) ? EtcdErrors.PeerUrlExists : null;
            default:
                throw new InvariantException($"configuration change of unknown type {(int)change.Kind}");
        }
    }

    /// <summary>The membership after a change that <see cref="Validate"/> has found good.</summary>
    public static ClusterView After(ClusterView cluster, MemberChange change)
    {
        if (change.Kind == MemberChangeKind.Remove)
        {
            return cluster with
            {
                Members = [.. cluster.Members.Where(member => member.Id != change.NodeId)],
                Removed = [.. cluster.Removed.Append(change.NodeId).Order()],
            };
        }

        MemberContext context = Context(change);
        ClusterMember? known = cluster.Find(change.NodeId);
        if (context.IsPromote)
            return With(cluster, Known(known, change.NodeId) with { IsLearner = false });

        // With its URLs a member takes over what the context says of its standing, as every member of 3.5 does: if one of them asks for it, it leaves out that a
        // learner is one. Members that differed in that would differ in whether it may be promoted. Raft's own configuration stays as it is.
        if (change.Kind == MemberChangeKind.Update)
            return With(cluster, Known(known, change.NodeId) with { PeerUrls = context.Member.PeerUrls, IsLearner = context.Member.IsLearner });
        return With(cluster, context.Member);
    }

    /// <summary>The membership after a member told its name and client URLs. Of a removed member they are ignored.</summary>
    public static ClusterView AfterAttributes(ClusterView cluster, ulong id, string name, IReadOnlyList<string> clientUrls)
    {
        if (cluster.Find(id) is { } member)
            return With(cluster, member with { Name = name, ClientUrls = clientUrls });
        Invariant.That(cluster.WasRemoved(id), $"failed to update; member unknown: {id:x}");
        return cluster;
    }

    private static ClusterView With(ClusterView cluster, ClusterMember member) => cluster with
    {
        Members = [.. cluster.Members.Where(other => other.Id != member.Id).Append(member).OrderBy(static other => other.Id)],
    };

    private static MemberContext Context(MemberChange change)
    {
        MemberContext context = MemberJson.ReadContext(change.Context, "the context of a configuration change");
        Invariant.That(context.Member.Id == change.NodeId, $"a configuration change of member {change.NodeId:x} speaks of member {context.Member.Id:x}");
        return context;
    }

    private static ClusterMember Known(ClusterMember? member, ulong id)
    {
        Invariant.That(member is not null, $"a configuration change was applied to unknown member {id:x}");
        return member;
    }

    private static bool UsesAny(ClusterView cluster, IReadOnlyList<string> peerUrls, ulong except)
    {
        foreach (ClusterMember member in cluster.Members)
        {
            if (member.Id != except && member.PeerUrls.Any(peerUrls.Contains))
                return true;
        }

        return false;
    }
}

namespace Tenet.State.Members;

/// <summary>The membership at one moment; never changes.</summary>
/// <param name="Members">The members in ascending order of their ids.</param>
/// <param name="Removed">Ids that were removed and may never come back, ascending.</param>
/// <param name="ClusterVersion">The version that all members agree to speak; null until it has been decided.</param>
/// <param name="Downgrade">The downgrade under way, if any.</param>
public sealed record ClusterView(
    IReadOnlyList<ClusterMember> Members,
    IReadOnlyList<ulong> Removed,
    Version? ClusterVersion,
    DowngradeInfo Downgrade)
{
    /// <summary>The ids of those who vote, ascending.</summary>
    public IReadOnlyList<ulong> Voters => Ids(learners: false);

    /// <summary>The ids of those who do not vote, ascending.</summary>
    public IReadOnlyList<ulong> Learners => Ids(learners: true);

    /// <summary>The member of this id, or null.</summary>
    public ClusterMember? Find(ulong id)
    {
        foreach (ClusterMember member in Members)
        {
            if (member.Id == id)
                return member;
        }

        return null;
    }

    /// <summary>Whether a member of this id has been removed.</summary>
    public bool WasRemoved(ulong id) => Removed.Contains(id);

    private List<ulong> Ids(bool learners)
    {
        var ids = new List<ulong>();
        foreach (ClusterMember member in Members)
        {
            if (member.IsLearner == learners)
                ids.Add(member.Id);
        }

        return ids;
    }
}

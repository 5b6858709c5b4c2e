namespace Tenet.Raft.Quorum;

/// <summary>Arithmetic of one majority (contract/consensus.md, 1.7). A set without voters agrees to everything.</summary>
internal static class Majority
{
    private const int VotersOnStackMax = 16;

    /// <summary>The highest index that a majority of the voters has acknowledged.</summary>
    public static ulong CommittedIndex<T>(MemberSet voters, in T acknowledged)
        where T : IAcknowledgements, allows ref struct
    {
        int count = voters.Count;
        if (count == 0)
            return ulong.MaxValue;
        Span<ulong> indexes = count <= VotersOnStackMax ? stackalloc ulong[count] : new ulong[count];
        for (int i = 0; i < count; i++)
            indexes[i] = acknowledged.Of(voters[i]);
        indexes.Sort();
        return indexes[count - (count / 2 + 1)];
    }

    /// <summary>Where an election among the voters stands.</summary>
    public static VoteResult Vote<T>(MemberSet voters, in T ballots)
        where T : IBallots, allows ref struct
    {
        if (voters.Count == 0)
            return VoteResult.Won;
        int granted = 0;
        int missing = 0;
        foreach (ulong voter in voters.Ids)
        {
            bool? ballot = ballots.Of(voter);
            granted += ballot is true ? 1 : 0;
            missing += ballot is null ? 1 : 0;
        }
        int quorum = voters.Count / 2 + 1;
        if (granted >= quorum)
            return VoteResult.Won;
        return granted + missing >= quorum ? VoteResult.Pending : VoteResult.Lost;
    }
}

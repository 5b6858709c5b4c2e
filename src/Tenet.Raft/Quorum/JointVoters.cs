namespace Tenet.Raft.Quorum;

/// <summary>The voters in force: one set, or two while a change is under way, of which each must agree on its own.</summary>
internal readonly record struct JointVoters(MemberSet Incoming, MemberSet Outgoing)
{
    /// <summary>Whether two sets are in force.</summary>
    public bool IsJoint => Outgoing.Count > 0;

    /// <summary>All voters.</summary>
    public MemberSet All => Incoming.Union(Outgoing);

    /// <summary>Whether the id votes in either set.</summary>
    public bool Contains(ulong id) => Incoming.Contains(id) || Outgoing.Contains(id);

    /// <summary>The highest index that a quorum has acknowledged.</summary>
    public ulong CommittedIndex<T>(in T acknowledged)
        where T : IAcknowledgements, allows ref struct =>
        Math.Min(Majority.CommittedIndex(Incoming, acknowledged), Majority.CommittedIndex(Outgoing, acknowledged));

    /// <summary>Where an election stands.</summary>
    public VoteResult Vote<T>(in T ballots)
        where T : IBallots, allows ref struct
    {
        VoteResult incoming = Majority.Vote(Incoming, ballots);
        VoteResult outgoing = Majority.Vote(Outgoing, ballots);
        if (incoming == outgoing)
            return incoming;
        return incoming == VoteResult.Lost || outgoing == VoteResult.Lost ? VoteResult.Lost : VoteResult.Pending;
    }

    /// <inheritdoc/>
    public override string ToString() => IsJoint ? $"{Incoming}&&{Outgoing}" : Incoming.ToString();
}

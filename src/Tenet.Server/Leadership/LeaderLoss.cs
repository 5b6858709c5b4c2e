using Tenet.Raft;

namespace Tenet.Server.Leadership;

/// <summary>
/// Saves the voters the election timeout when the leader's process is known to have ended (docs/adr/0003). A follower that is told lets go of
/// its leader, so it grants pre-votes, and asks for them itself after a pause; the pauses of the voters differ, so that they do
/// not ask at once. Where the leader lives after all, nobody else grants one: the term stays, and its next heartbeat is followed again.
/// </summary>
/// <remarks>Belongs to the consensus loop.</remarks>
/// <param name="node">The member's consensus core.</param>
/// <param name="usesPreVote">Whether it asks for pre-votes; without them a mistake would cost the leader its office, so nothing is done.</param>
/// <param name="heartbeatInterval">In ticks of the member's clock.</param>
internal sealed class LeaderLoss(RaftNode node, bool usesPreVote, long heartbeatInterval)
{
    private ulong _term;

    /// <summary>When <see cref="Run"/> has something to do, as a timestamp.</summary>
    public long WakeAt { get; private set; } = long.MaxValue;

    /// <summary>The process of a member has ended.</summary>
    public void OnGone(ulong memberId, IReadOnlyList<ulong> voters, long now)
    {
        if (!usesPreVote || memberId == 0 || node.Role != RaftRole.Follower || node.Lead != memberId || !voters.Contains(node.Id))
            return;
        node.ForgetLeader();
        _term = node.Term;
        WakeAt = now + heartbeatInterval / 2 + Rank(memberId, voters) * heartbeatInterval;
    }

    /// <summary>Campaigns when its time has come, unless there is a leader by then, or somebody else campaigns.</summary>
    public bool Run(long now)
    {
        if (now < WakeAt)
            return false;
        WakeAt = long.MaxValue;
        if (node.Role != RaftRole.Follower || node.Lead != 0 || node.Term != _term)
            return false;
        node.Campaign();
        return true;
    }

    /// <summary>The place of this member among those that remain, in the order of identifiers, which begins behind the lost one's.</summary>
    private int Rank(ulong lost, IReadOnlyList<ulong> voters)
    {
        int rank = 0;
        foreach (ulong voter in voters)
        {
            if (voter != lost && unchecked(voter - lost) < unchecked(node.Id - lost))
                rank++;
        }

        return rank;
    }
}

using System.Globalization;
using Tenet.Foundation.Logging;
using Tenet.Raft;

namespace Tenet.Server.Leadership;

/// <summary>
/// A member that has just started and finds others, but no leader, need not wait out a whole election timeout: two ticks are left for a leader to be heard of
/// (contract/consensus.md, 3.7).
/// </summary>
/// <remarks>Belongs to the consensus loop.</remarks>
internal sealed class FirstElection(MemberOptions options, MemberSeams seams, RaftNode node)
{
    /// <summary>How long after its start a member may shorten its first election timeout.</summary>
    private static readonly TimeSpan TimeToAdvance = TimeSpan.FromSeconds(5);

    private long _until = options.InitialElectionTickAdvance
        ? seams.Clock.GetTimestamp() + (long)(TimeToAdvance.TotalSeconds * seams.Clock.TimestampFrequency)
        : long.MinValue;

    /// <summary>Looks, once for each tick.</summary>
    public void Look(long now, ConfState configuration, bool isOnlyVoter)
    {
        if (now >= _until)
            return;
        if (node.Lead != 0 || isOnlyVoter)
        {
            _until = long.MinValue;
            return;
        }

        int connected = 0;
        foreach (ulong voter in configuration.Voters)
        {
            if (voter != node.Id && seams.Peers.ConnectedSince(voter) is not null)
                connected++;
        }

        if (connected <= 1)
            return;
        _until = long.MinValue;
        seams.Log.Info(
            "initialized peer connections; fast-forwarding election ticks",
            new LogField("local-member-id", node.Id.ToString("x", CultureInfo.InvariantCulture)),
            new LogField("forward-ticks", options.ElectionTicks - 2),
            new LogField("active-remote-members", connected));
        for (int i = 0; i < options.ElectionTicks - 2; i++)
            node.Tick();
    }
}

using System.Globalization;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Errors;
using Tenet.Server.Loops;
using Tenet.State.Members;

namespace Tenet.Server.Leadership;

/// <summary>Leadership handed to another member, because somebody asks for it or because this one stops (contract/consensus.md, 3.7).</summary>
internal sealed class LeadershipHandover(MemberOptions options, MemberSeams seams, EngineState state, MemberStore members, ConsensusInbox consensus, ulong memberId)
{
    /// <summary>Makes another voter the leader, as leader.</summary>
    /// <returns>Null when this member has seen it lead; otherwise why it does not: etcd's error.</returns>
    public async ValueTask<EtcdError?> MoveAsync(ulong to, CancellationToken cancellation)
    {
        if (members.Current.Find(to) is not { IsLearner: false })
            return EtcdErrors.BadLeaderTransferee;
        if (!state.IsLeader)
            return EtcdErrors.NotLeader;
        long startedAt = seams.Clock.GetTimestamp();
        long deadline = startedAt + (long)(options.RequestTimeout.TotalSeconds * seams.Clock.TimestampFrequency);
        seams.Log.Info(
            "leadership transfer starting",
            new LogField("local-member-id", Hex(memberId)),
            new LogField("current-leader-member-id", Hex(memberId)),
            new LogField("transferee-member-id", Hex(to)));
        var request = new LeaderTransferRequest(to, deadline, seams.CompleteOnPool, cancellation);
        consensus.Transfers.TryPost(request);
        if (state.Stopping)
            request.TrySetResult(EtcdErrors.Stopped);
        if (await request.Task is { } refusal)
            return refusal;
        seams.Log.Info(
            "leadership transfer finished",
            new LogField("local-member-id", Hex(memberId)),
            new LogField("old-leader-member-id", Hex(memberId)),
            new LogField("new-leader-member-id", Hex(to)),
            new LogField("took", seams.Clock.GetElapsedTime(startedAt)));
        return null;
    }

    /// <summary>Before the member stops: whoever has been connected longest leads on. If that cannot be, the member stops all the same.</summary>
    public async Task LeaveAsync()
    {
        if (!state.IsLeader)
        {
            seams.Log.Info(
                "skipped leadership transfer; local server is not leader",
                new LogField("local-member-id", Hex(memberId)),
                new LogField("current-leader-member-id", Hex(state.Lead)));
            return;
        }

        ClusterView view = members.Current;
        if (view.Voters.Count <= 1)
        {
            seams.Log.Info(
                "skipped leadership transfer for single voting member cluster",
                new LogField("local-member-id", Hex(memberId)),
                new LogField("current-leader-member-id", Hex(state.Lead)));
            return;
        }

        EtcdError? refusal = LongestConnected(view) is { } successor ? await MoveAsync(successor, CancellationToken.None) : EtcdErrors.UnhealthyCluster;
        if (refusal is not null)
            seams.Log.Warn("leadership transfer failed", new LogField("local-member-id", Hex(memberId)), new LogField("error", refusal.Message));
    }

    private ulong? LongestConnected(ClusterView view)
    {
        ulong? longest = null;
        long best = long.MaxValue;
        foreach (ulong voter in view.Voters)
        {
            if (voter == memberId || seams.Peers.ConnectedSince(voter) is not { } since || since >= best)
                continue;
            best = since;
            longest = voter;
        }

        return longest;
    }

    private static string Hex(ulong id) => id.ToString("x", CultureInfo.InvariantCulture);
}

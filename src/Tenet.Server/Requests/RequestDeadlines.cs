using Tenet.Protocol.Errors;
using Tenet.Raft;

namespace Tenet.Server.Requests;

/// <summary>Refuses proposals that took too long or whose callers have gone, and tells why it may be so (contract/consensus.md, 5.4).</summary>
/// <remarks>Belongs to the consensus loop.</remarks>
internal sealed class RequestDeadlines(MemberOptions options, MemberSeams seams, EngineState state, PendingRequests pending, Foundation.Metrics.Counter failed)
{
    private readonly List<PendingRequest> _overdue = [];
    private readonly long _patience = (long)(options.RequestTimeout.TotalSeconds * seams.Clock.TimestampFrequency);
    private readonly long _electionTime = (long)(2 * options.ElectionTimeout.TotalSeconds * seams.Clock.TimestampFrequency);

    /// <summary>Refuses whoever is due.</summary>
    public void RefuseOverdue(long now, RaftNode node, ConfState members)
    {
        if (pending.Count == 0)
            return;
        long oldest = now - _patience;
        pending.FindOverdue(oldest, _overdue);
        foreach (PendingRequest request in _overdue)
        {
            EtcdError error = request.StartedAt < oldest ? TimeoutOf(request, node, members) : EtcdErrors.RequestCanceled;
            if (pending.Refuse(request.Id, error))
                failed.Increment();
        }

        _overdue.Clear();
    }

    /// <summary>Refuses everybody: the member stops.</summary>
    public void RefuseAll()
    {
        pending.FindOverdue(long.MaxValue, _overdue);
        foreach (PendingRequest request in _overdue)
            pending.Refuse(request.Id, EtcdErrors.Stopped);
        _overdue.Clear();
    }

    private EtcdError TimeoutOf(PendingRequest request, RaftNode node, ConfState members)
    {
        long leaderSince = state.LeaderSince;
        if (leaderSince != long.MinValue && request.StartedAt > leaderSince - _electionTime && request.StartedAt < leaderSince)
            return EtcdErrors.TimeoutDueToLeaderFail;
        if (node.Lead == 0)
            return EtcdErrors.Timeout;
        bool connected = node.Lead == node.Id ? QuorumConnectedSince(request.StartedAt, node.Id, members) : ConnectedSince(node.Lead, request.StartedAt);
        return connected ? EtcdErrors.Timeout : EtcdErrors.TimeoutDueToConnectionLost;
    }

    private bool QuorumConnectedSince(long moment, ulong self, ConfState members)
    {
        int connected = 0;
        foreach (ulong voter in members.Voters)
        {
            if (voter == self || ConnectedSince(voter, moment))
                connected++;
        }

        return connected > members.Voters.Count / 2;
    }

    private bool ConnectedSince(ulong member, long moment) => seams.Peers.ConnectedSince(member) < moment;
}

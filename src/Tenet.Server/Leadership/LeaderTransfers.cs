using Tenet.Protocol.Errors;
using Tenet.Raft;

namespace Tenet.Server.Leadership;

/// <summary>Hands leadership to a chosen voter and tells who asked for it when that has happened (contract/consensus.md, 1.12 and 3.7).</summary>
/// <remarks>Belongs to the consensus loop.</remarks>
internal sealed class LeaderTransfers(MemberOptions options, MemberSeams seams, RaftNode node)
{
    private readonly List<LeaderTransferRequest> _waiting = [];

    // Raft gives a transfer up after an election timeout; the message that starts the election may have been lost.
    private readonly long _askAgainAfter = (long)(options.ElectionTimeout.TotalSeconds * seams.Clock.TimestampFrequency);

    public void Add(LeaderTransferRequest request, long now)
    {
        if (node.Role != RaftRole.Leader)
        {
            request.TrySetResult(EtcdErrors.NotLeader);
            return;
        }

        _waiting.Add(request);
        Ask(request, now);
    }

    /// <summary>Looks at those who wait: after each tick, and when the leader has changed.</summary>
    public void Look(long now)
    {
        for (int i = _waiting.Count - 1; i >= 0; i--)
        {
            LeaderTransferRequest request = _waiting[i];
            bool leads = node.Lead == request.To;
            if (leads || now >= request.Deadline || request.Cancellation.IsCancellationRequested)
            {
                _waiting.RemoveAt(i);
                request.TrySetResult(leads ? null : EtcdErrors.TimeoutLeaderTransfer);
            }
            else if (node.Role == RaftRole.Leader && now - request.AskedAt > _askAgainAfter)
            {
                Ask(request, now);
            }
        }
    }

    /// <summary>The member stops.</summary>
    public void Stop()
    {
        foreach (LeaderTransferRequest request in _waiting)
            request.TrySetResult(EtcdErrors.Stopped);
        _waiting.Clear();
    }

    private void Ask(LeaderTransferRequest request, long now)
    {
        request.AskedAt = now;
        node.TransferLeader(request.To);
    }
}

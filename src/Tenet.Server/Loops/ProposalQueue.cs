using Tenet.Foundation.Metrics;
using Tenet.Protocol.Errors;
using Tenet.Raft;
using Tenet.Server.Requests;

namespace Tenet.Server.Loops;

/// <summary>
/// Brings proposals to Raft in their order. While nobody leads, or a leader hands over and takes nothing, they wait here; their timeout is
/// their own. Proposals that other members have forwarded to a leader that hands over wait too, and go on to the next one.
/// </summary>
/// <remarks>Belongs to the consensus loop.</remarks>
internal sealed class ProposalQueue(MemberOptions options, MemberSeams seams, RaftNode node, ConsensusInbox inbox, PendingRequests pending, Counter failed)
{
    /// <summary>Forwarded proposals that may wait; more are dropped, as Raft would drop them all.</summary>
    private const int ForwardedMax = 4_096;

    /// <summary>Requests that a leader appends at once, and their bytes: about what fits into one message to a follower.</summary>
    private const int TogetherMax = 1_024;

    private const int LedBytesMax = 512 * 1024;

    /// <summary>Bytes that go to the leader in one message: etcd takes no more than twice that where a stream is down.</summary>
    private const int ForwardedBytesMax = 32 * 1024;

    private static readonly EtcdError ProposalDropped = new(StatusCode.Unknown, "raft proposal dropped");

    private readonly Queue<PendingRequest> _waiting = new();
    private readonly Queue<(Proposal Proposal, long Deadline)> _forwarded = new();
    private readonly long _forwardedPatience = (long)(2 * options.ElectionTimeout.TotalSeconds * seams.Clock.TimestampFrequency);
    private readonly ReadOnlyMemory<byte>[] _together = new ReadOnlyMemory<byte>[TogetherMax];
    private bool _held;

    /// <summary>This member is in its cluster no more: nothing is proposed.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>The reason to wait may be over: a tick has passed, or somebody else leads.</summary>
    public void Release() => _held = false;

    /// <summary>Takes a proposal that another member has forwarded.</summary>
    public void Step(Proposal proposal, long now)
    {
        if (_held || node.Step(proposal) == StepResult.Dropped)
            Keep(proposal, now);
    }

    public bool Run(long now)
    {
        List<PendingRequest> arrived = inbox.Proposals.TakeAll();
        if (arrived.Count == 0 && _waiting.Count == 0 && _forwarded.Count == 0)
            return false;
        if (CanPropose)
        {
            ProposeForwarded(now);
            while (CanPropose && _waiting.TryPeek(out PendingRequest? first))
            {
                if (first.Task.IsCompleted || TryPropose(first, now))
                    _waiting.Dequeue();
            }
        }

        for (int i = 0; i < arrived.Count;)
        {
            int together = CanPropose ? ProposeTogether(arrived, i, now) : 0;
            i += together;
            if (together > 0)
                continue;
            if (!CanPropose || !TryPropose(arrived[i], now))
                _waiting.Enqueue(arrived[i]);
            i++;
        }

        DropFinished();
        return arrived.Count > 0;
    }

    private bool CanPropose => !_held && !IsRemoved && node.Lead != 0;

    private void Keep(Proposal proposal, long now)
    {
        // Without a leader it would have been dropped at its sender as well.
        if (node.Role != RaftRole.Leader || _forwarded.Count >= ForwardedMax)
            return;
        _held = true;
        _forwarded.Enqueue((proposal, now + _forwardedPatience));
    }

    private void ProposeForwarded(long now)
    {
        while (_forwarded.TryPeek(out (Proposal Proposal, long Deadline) first))
        {
            if (now <= first.Deadline && node.Step(first.Proposal) == StepResult.Dropped && node.Role == RaftRole.Leader)
            {
                _held = true;
                return;
            }

            _forwarded.Dequeue();
        }
    }

    /// <summary>Requests that arrived together go together: one append to the log and one message to each member, not one for each.</summary>
    /// <returns>How many went; 0 if the first has to go by itself.</returns>
    private int ProposeTogether(List<PendingRequest> arrived, int from, long now)
    {
        int bytesMax = node.Role == RaftRole.Leader ? LedBytesMax : ForwardedBytesMax;
        int bytes = 0;
        int count = 0;
        while (count < _together.Length && from + count < arrived.Count && arrived[from + count] is { Change: null, LeaderTerm: null, Data: var data })
        {
            bytes += data.Length;
            if (bytes > bytesMax)
                break;
            _together[count++] = data;
        }

        if (count < 2)
            return 0;
        StepResult result = node.Propose(_together.AsSpan(0, count));
        _together.AsSpan(0, count).Clear();
        if (result != StepResult.Accepted)
            return 0;
        for (int i = from; i < from + count; i++)
            arrived[i].ProposedAt = now;
        return count;
    }

    /// <returns>False if the proposal has to wait.</returns>
    private bool TryPropose(PendingRequest proposal, long now)
    {
        if (proposal.LeaderTerm is { } term && (node.Role != RaftRole.Leader || node.Term != term))
        {
            Refuse(proposal, EtcdErrors.NotLeader);
            return true;
        }

        proposal.ProposedAt = now;
        StepResult result = proposal.Change is { } change ? node.Propose(change) : node.Propose(proposal.Data);
        if (result == StepResult.Accepted)
            return true;

        // A leader that drops proposals hands over to somebody else, and that takes no longer than an election timeout.
        _held = node.Role == RaftRole.Leader;
        if (_held)
            return false;
        Refuse(proposal, ProposalDropped);
        return true;
    }

    private void Refuse(PendingRequest proposal, EtcdError error)
    {
        if (pending.Refuse(proposal.Id, error))
            failed.Increment();
    }

    /// <summary>Requests that timed out while nobody took them leave the queue, so that it stays as short as the waiters are many.</summary>
    private void DropFinished()
    {
        while (_waiting.TryPeek(out PendingRequest? first) && first.Task.IsCompleted)
            _waiting.Dequeue();
    }
}

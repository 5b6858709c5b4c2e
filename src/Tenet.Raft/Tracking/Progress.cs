using System.Text;
using Tenet.Foundation;

namespace Tenet.Raft.Tracking;

/// <summary>
/// What a leader knows of one member (contract/consensus.md, 1.6). Always Match &lt; Next: everything up to Match is known to be there,
/// everything between the two has been sent on the assumption that it will be.
/// </summary>
internal sealed class Progress
{
    private readonly Inflights _inflights;
    private ulong _sentCommit;

    /// <summary>A member that is yet to be probed.</summary>
    public Progress(ulong match, ulong next, bool isLearner, Inflights inflights)
    {
        Match = match;
        Next = next;
        IsLearner = isLearner;
        _inflights = inflights;
    }

    /// <summary>The last index the member is known to hold.</summary>
    public ulong Match { get; private set; }

    /// <summary>The next index to send.</summary>
    public ulong Next { get; private set; }

    /// <summary>How entries are sent.</summary>
    public ProgressState State { get; private set; }

    /// <summary>While a snapshot is under way: its index.</summary>
    public ulong PendingSnapshot { get; private set; }

    /// <summary>Whether something was heard of it since the last check of the quorum.</summary>
    public bool RecentActive { get; set; }

    /// <summary>Whether appends wait for an answer or a heartbeat before the next one goes.</summary>
    public bool IsFlowPaused { get; set; }

    /// <summary>Whether it has no vote.</summary>
    public bool IsLearner { get; private set; }

    /// <summary>The newest read request that it has confirmed, counted within this leadership.</summary>
    public ulong ReadPosition { get; set; }

    /// <summary>Whether the window is full.</summary>
    public bool IsWindowFull => _inflights.IsFull;

    /// <summary>Whether no append may go now.</summary>
    public bool IsPaused => State == ProgressState.Snapshot || IsFlowPaused;

    /// <summary>The same member with or without a vote; this object stays as it is.</summary>
    public Progress As(bool learner)
    {
        var copy = (Progress)MemberwiseClone();
        copy.IsLearner = learner;
        return copy;
    }

    /// <summary>Back to one message at a time, after the snapshot if there was one under way.</summary>
    public void BecomeProbe()
    {
        ulong next = State == ProgressState.Snapshot ? Math.Max(Match + 1, PendingSnapshot + 1) : Match + 1;
        Enter(ProgressState.Probe);
        Next = next;
        _sentCommit = Math.Min(_sentCommit, Next - 1);
    }

    /// <summary>The logs agree up to Match: send as fast as the window allows.</summary>
    public void BecomeReplicate()
    {
        Enter(ProgressState.Replicate);
        Next = Match + 1;
    }

    /// <summary>A snapshot of this index is on its way; nothing else goes until it has arrived or failed.</summary>
    public void BecomeSnapshot(ulong index)
    {
        Enter(ProgressState.Snapshot);
        PendingSnapshot = index;
        Next = index + 1;
        _sentCommit = index;
    }

    /// <summary>The snapshot under way will not arrive.</summary>
    public void AbortSnapshot()
    {
        PendingSnapshot = 0;
        BecomeProbe();
    }

    /// <summary>An append with so many entries and so many payload bytes has been sent.</summary>
    public void Sent(int entries, ulong payloadBytes)
    {
        Invariant.That(State != ProgressState.Snapshot, $"sending append in unhandled state StateSnapshot");
        if (State == ProgressState.Probe)
        {
            IsFlowPaused |= entries > 0;
            return;
        }
        if (entries > 0)
        {
            Next += (ulong)entries;
            _inflights.Add(Next - 1, payloadBytes);
        }
        // With a full window even an empty append counts as a probe: one is enough until something is heard.
        IsFlowPaused = _inflights.IsFull;
    }

    /// <summary>A message that carries this commit index has been sent.</summary>
    public void SentCommit(ulong commit) => _sentCommit = commit;

    /// <summary>Whether a message would tell the member of a commit index that it does not know and can use.</summary>
    public bool CanBumpCommit(ulong commit) => commit > _sentCommit && _sentCommit < Next - 1;

    /// <summary>The member holds everything up to the index; false if that is no news.</summary>
    public bool MaybeUpdate(ulong index)
    {
        if (index <= Match)
            return false;
        Match = index;
        Next = Math.Max(Next, index + 1);
        IsFlowPaused = false;
        return true;
    }

    /// <summary>The member refused an append after <paramref name="rejected"/>; false if that answer is outdated.</summary>
    public bool MaybeDecrease(ulong rejected, ulong hint)
    {
        if (State == ProgressState.Replicate)
        {
            if (rejected <= Match)
                return false;
            Next = Match + 1;
            _sentCommit = Math.Min(_sentCommit, Next - 1);
            return true;
        }
        if (Next - 1 != rejected)
            return false;
        Next = Math.Max(Math.Min(rejected, hint + 1), Match + 1);
        _sentCommit = Math.Min(_sentCommit, Next - 1);
        IsFlowPaused = false;
        return true;
    }

    /// <summary>Everything under way up to the index has arrived.</summary>
    public void Release(ulong index) => _inflights.Release(index);

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append($"State{State} match={Match} next={Next}");
        text.Append(IsLearner ? " learner" : "").Append(IsPaused ? " paused" : "");
        if (PendingSnapshot > 0)
            text.Append($" pendingSnap={PendingSnapshot}");
        text.Append(RecentActive ? "" : " inactive");
        if (_inflights.Count > 0)
            text.Append($" inflight={_inflights.Count}").Append(_inflights.IsFull ? "[full]" : "");
        return text.ToString();
    }

    private void Enter(ProgressState state)
    {
        IsFlowPaused = false;
        PendingSnapshot = 0;
        State = state;
        _inflights.Clear();
    }
}

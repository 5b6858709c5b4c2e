using System.Globalization;
using Tenet.Foundation.Logging;
using Tenet.Raft;

namespace Tenet.Server.Leadership;

/// <summary>
/// Keeps a member whose disk does not answer from holding its cluster. Heartbeats do not wait for the disk, so such a leader would lead on
/// while nothing proposed to it is ever applied. After an election timeout without an answer it hands over to the follower that is furthest,
/// then to the next one; if none takes over it falls silent, so that the others elect and the check of its quorum makes it step down. A
/// follower in that state lets no time pass and is handed nothing, so it does not come to lead.
/// </summary>
/// <remarks>Belongs to the consensus loop, and knows of the disk only which appends were not answered: it needs no clock of the log loop.</remarks>
internal sealed class StalledDisk(MemberOptions options, MemberSeams seams, RaftNode node)
{
    private readonly long _patience = (long)(options.ElectionTimeout.TotalSeconds * seams.Clock.TimestampFrequency);
    private readonly Queue<long> _postedAt = new();
    private readonly HashSet<ulong> _tried = [];
    private long _tryAgainAt = long.MinValue;

    /// <summary>The oldest append has had no answer for longer than an election timeout.</summary>
    public bool IsStalled { get; private set; }

    /// <summary>Nobody took over: nothing is to be sent any more.</summary>
    public bool IsMute { get; private set; }

    /// <summary>Work was handed to the log loop.</summary>
    public void Posted(long now) => _postedAt.Enqueue(now);

    /// <summary>The oldest work is done.</summary>
    public void Stored() => _postedAt.Dequeue();

    /// <summary>Once for each tick.</summary>
    public void Look(long now)
    {
        bool stalled = _postedAt.TryPeek(out long oldest) && now - oldest > _patience;
        if (stalled != IsStalled)
            Tell(stalled);
        IsStalled = stalled;
        if (stalled && node.Role == RaftRole.Leader)
        {
            if (!IsMute && now >= _tryAgainAt)
                HandOver(now);
            return;
        }

        IsMute = false;
        _tried.Clear();
        _tryAgainAt = long.MinValue;
    }

    private void HandOver(long now)
    {
        RaftStatus status = node.Status;
        if (status.ConfState.Voters.Count <= 1)
            return;
        _tryAgainAt = now + _patience;
        if (Furthest(status) is { } follower)
        {
            _tried.Add(follower.Id);
            seams.Log.Warn(
                "the disk does not answer; handing over leadership",
                new LogField("current-leader-member-id", Hex(node.Id)),
                new LogField("transferee-member-id", Hex(follower.Id)));
            node.TransferLeader(follower.Id);
            return;
        }

        seams.Log.Warn("the disk does not answer and nobody took over; falling silent", new LogField("local-member-id", Hex(node.Id)));
        IsMute = true;
    }

    private PeerStatus? Furthest(RaftStatus status)
    {
        PeerStatus? best = null;
        foreach (PeerStatus peer in status.Progress)
        {
            if (peer.Id == node.Id || peer.IsLearner || _tried.Contains(peer.Id))
                continue;
            if (best is null || (peer.RecentActive, peer.Match).CompareTo((best.RecentActive, best.Match)) > 0)
                best = peer;
        }

        return best;
    }

    private void Tell(bool stalled)
    {
        if (stalled)
        {
            seams.Log.Warn(
                "the write-ahead log has not been synced for an election timeout",
                new LogField("local-member-id", Hex(node.Id)),
                new LogField("election-timeout", options.ElectionTimeout));
        }
        else
        {
            seams.Log.Info("the write-ahead log is synced again", new LogField("local-member-id", Hex(node.Id)));
        }
    }

    private static string Hex(ulong id) => id.ToString("x", CultureInfo.InvariantCulture);
}

using System.Globalization;
using Tenet.Foundation.Logging;
using Tenet.Foundation.Metrics;
using Tenet.Raft;
using Tenet.State.Members;

namespace Tenet.Server.Loops;

/// <summary>
/// What happens to Raft's messages before they leave (contract/consensus.md, 3.2). They keep their order. Snapshots do not go from here:
/// the apply loop sends what is applied by then, as the state of an earlier moment may not name its receiver yet.
/// </summary>
/// <remarks>Belongs to the consensus loop.</remarks>
internal sealed class PeerOutlet(
    MemberOptions options, MemberSeams seams, RaftNode node, MemberStore members, ApplyInbox apply, SnapshotsUnderWay snapshots, Counter lateHeartbeats)
{
    private readonly Dictionary<ulong, long> _heartbeatAt = [];
    private readonly long _heartbeatPatience = (long)(2 * options.HeartbeatInterval.TotalSeconds * seams.Clock.TimestampFrequency);
    private ClusterView? _view;
    private HashSet<ulong>? _removed;

    /// <summary>Nothing is sent: others shall lead (see <see cref="Leadership.StalledDisk"/>).</summary>
    public bool IsMute { get; set; }

    /// <summary>Another leader, or none: how late the last heartbeats were does not matter any more.</summary>
    public void ForgetHeartbeats() => _heartbeatAt.Clear();

    public void Send(IReadOnlyList<Message> messages, long now)
    {
        if (messages.Count == 0)
            return;
        LookForRemoved();
        List<Message>? kept = null;
        for (int i = 0; i < messages.Count; i++)
        {
            Message message = messages[i];
            if (!IsSuperseded(messages, i) && Goes(message, now))
            {
                kept?.Add(message);
            }
            else if (kept is null)
            {
                kept = new List<Message>(messages.Count);
                for (int j = 0; j < i; j++)
                    kept.Add(messages[j]);
            }
        }

        messages = kept ?? messages;
        if (messages.Count > 0)
            seams.Peers.Send(messages);
    }

    /// <summary>
    /// Answers that waited for the disk. One acknowledgement says all that those before it say, so of several to one leader the last goes.
    /// </summary>
    public void SendStored(List<Message> messages, long now)
    {
        for (int last = messages.Count - 1; last > 0; last--)
        {
            if (messages[last] is not AppendResponse { Reject: false, OnlyTerm: false } final)
                continue;
            for (int i = last - 1; i >= 0; i--)
            {
                if (messages[i] is AppendResponse { Reject: false, OnlyTerm: false } earlier
                    && earlier.To == final.To && earlier.Term == final.Term && earlier.Index <= final.Index)
                {
                    messages.RemoveAt(i);
                    last--;
                }
            }
        }

        Send(messages, now);
    }

    /// <summary>An append without entries only tells the commit index; a later one to the same member tells it too.</summary>
    private static bool IsSuperseded(IReadOnlyList<Message> messages, int at)
    {
        if (messages[at] is not AppendEntries { Entries.Count: 0 } append)
            return false;
        for (int i = at + 1; i < messages.Count; i++)
        {
            if (messages[i] is AppendEntries later && later.To == append.To && later.Term == append.Term && later.Index == append.Index && later.Commit >= append.Commit)
                return true;
        }

        return false;
    }

    private bool Goes(Message message, long now)
    {
        if (message is InstallSnapshot install)
        {
            Divert(install);
            return false;
        }

        if (IsMute || (_removed is not null && _removed.Contains(message.To)))
            return false;
        if (message is Heartbeat)
            Observe(message.To, now);
        return true;
    }

    private void Divert(InstallSnapshot install)
    {
        bool removed = _removed is not null && _removed.Contains(install.To);
        if (!IsMute && !removed && apply.SnapshotDemands.TryPost(install))
            snapshots.Begin(install.To, install.Snapshot.Index);
        else
            node.ReportSnapshot(install.To, delivered: false);
    }

    private void Observe(ulong to, long now)
    {
        if (_heartbeatAt.TryGetValue(to, out long before) && now - before > _heartbeatPatience)
        {
            lateHeartbeats.Increment();
            seams.Log.Warn(
                "leader failed to send out heartbeat on time; took too long, leader is overloaded likely from slow disk",
                new LogField("to", to.ToString("x", CultureInfo.InvariantCulture)),
                new LogField("heartbeat-interval", options.HeartbeatInterval),
                new LogField("expected-duration", 2 * options.HeartbeatInterval),
                new LogField("exceeded-duration", seams.Clock.GetElapsedTime(before + _heartbeatPatience, now)));
        }

        _heartbeatAt[to] = now;
    }

    private void LookForRemoved()
    {
        ClusterView view = members.Current;
        if (ReferenceEquals(view, _view))
            return;
        _view = view;
        _removed = view.Removed.Count == 0 ? null : [.. view.Removed];
    }
}

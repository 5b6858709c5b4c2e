using System.Globalization;
using Tenet.Foundation.Logging;
using Tenet.Raft;
using Tenet.Raft.Wire;
using Tenet.State.Members;
using Tenet.Wal;

namespace Tenet.Server.Bootstrap;

/// <summary>
/// Makes a cluster of one out of a member whose cluster is lost (contract/consensus.md, 6.3.4): what was not committed is dropped, and
/// committed changes that remove everybody else are appended.
/// </summary>
internal sealed class NewClusterForcing(ulong memberId, WalSnapshot from, ILog log)
{
    private const string DefaultPeerUrl = "http://localhost:2380";

    /// <summary>Appends the changes to the log and to the entries.</summary>
    /// <returns>The hard state to begin with: everything in the log is committed.</returns>
    public HardState Force(WriteAheadLog wal, HardState hardState, List<Entry> entries, ulong consistentIndex)
    {
        // The commit index on disk may lie behind what the backend holds already.
        ulong commit = Math.Max(hardState.Commit, consistentIndex);
        entries.RemoveAll(entry => entry.Index > commit);
        ulong last = entries.Count > 0 ? entries[^1].Index : from.Index;
        var changes = new List<Entry>();
        foreach (ConfChange change in Changes(Members(entries)))
        {
            last++;
            changes.Add(new Entry(hardState.Term, last, EntryType.ConfChange, RaftCodec.ToBytes(change)));
        }

        wal.Save(null, changes);
        entries.AddRange(changes);
        log.Info(
            "forcing restart member",
            new LogField("local-member-id", memberId.ToString("x", CultureInfo.InvariantCulture)),
            new LogField("commit-index", last));
        return hardState with { Commit = last };
    }

    private SortedSet<ulong> Members(List<Entry> entries)
    {
        var ids = new SortedSet<ulong>();
        if (from.ConfState is { } confState)
        {
            ids.UnionWith(confState.Voters);
            ids.UnionWith(confState.Learners);
        }

        foreach (Entry entry in entries)
        {
            if (entry.Type != EntryType.ConfChange)
                continue;
            ConfChange change = RaftCodec.ReadConfChange(entry.Data);
            if (change.Type is ConfChangeType.AddNode or ConfChangeType.AddLearnerNode)
                ids.Add(change.NodeId);
            else if (change.Type == ConfChangeType.RemoveNode)
                ids.Remove(change.NodeId);
        }

        return ids;
    }

    private IEnumerable<ConfChange> Changes(SortedSet<ulong> ids)
    {
        if (!ids.Contains(memberId))
        {
            byte[] context = MemberJson.Write(new ClusterMember(memberId, [DefaultPeerUrl], false, "", []));
            yield return new ConfChange(null, ConfChangeType.AddNode, memberId, context);
        }

        foreach (ulong id in ids)
        {
            if (id != memberId)
                yield return new ConfChange(null, ConfChangeType.RemoveNode, id, default);
        }
    }
}

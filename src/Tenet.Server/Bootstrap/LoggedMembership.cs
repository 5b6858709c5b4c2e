using Tenet.Foundation.Logging;
using Tenet.Raft;
using Tenet.State.Members;
using Tenet.Wal;

namespace Tenet.Server.Bootstrap;

/// <summary>
/// Who the members are by Raft's snapshot and the log after it, up to what the db holds. The two decide where the db says something else:
/// etcd 3.5.0 to 3.5.19 kept its truth there and never changed a member in its db, so that a learner which was promoted still is one there,
/// and a cluster restarted from it would count a majority wrongly.
/// </summary>
internal sealed class LoggedMembership(SnapshotFiles snapshots, WalSnapshot from, ILog log)
{
    /// <summary>Raft's configuration as of the consistent index; known once <see cref="Correct"/> has run.</summary>
    public ConfState ConfState { get; private set; } = from.ConfState ?? ConfState.Empty;

    /// <summary>Brings the db's members to what the log says.</summary>
    /// <param name="stored">The db's members, as of the consistent index.</param>
    /// <param name="entries">The log after the snapshot.</param>
    /// <param name="consistentIndex">The index up to which entries had their effects in the db.</param>
    /// <returns>The members, as of the consistent index.</returns>
    public ClusterView Correct(MemberStore stored, IReadOnlyList<Entry> entries, ulong consistentIndex)
    {
        ClusterView before = stored.Current;

        // A db that has no members yet is told them by the entries to come.
        if (before.Members.Count == 0)
            return before;
        if (Documented() is not { } logged)
        {
            log.Warn("the log's snapshot cannot be read; the members are taken from the db", new LogField("snapshot-index", from.Index));
            ConfState = new ConfState(before.Voters, before.Learners);
            return before;
        }

        var replay = new MembershipReplay(logged, ConfState, before);
        foreach (Entry entry in entries)
        {
            if (entry.Index <= consistentIndex)
                replay.Apply(entry);
        }

        ConfState = replay.ConfState;
        if (stored.Correct(replay.Cluster))
        {
            log.Warn(
                "the db's members were not those of the log, as etcd before 3.5.20 leaves them; corrected",
                new LogField("members-of-db", Text(before)),
                new LogField("members-of-log", Text(stored.Current)));
        }

        return stored.Current;
    }

    private ClusterView? Documented()
    {
        if (from.Index == 0)
            return new ClusterView([], [], null, DowngradeInfo.None);
        return snapshots.Load([from]) is { } snapshot ? V2StoreDocument.Read(snapshot.Data, $"the snapshot of index {snapshot.Index}") : null;
    }

    private static string Text(ClusterView cluster) => string.Join(", ", cluster.Members.Select(Text));

    private static string Text(ClusterMember member) =>
        $"{member.HexId} '{member.Name}'{(member.IsLearner ? " (learner)" : "")} {string.Join(' ', member.PeerUrls)}";
}

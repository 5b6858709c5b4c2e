using System.Globalization;
using Tenet.Foundation;
using Tenet.Raft;
using Tenet.Server.Bootstrap;
using Tenet.State.Members;

namespace Tenet.Utl.Doctor;

/// <summary>Whether log, snapshot and database speak of the same history: which entries the database holds, and who the members are.</summary>
internal sealed class Agreement(DataDirectory directory, LogFacts log, DatabaseFacts database, Snapshot? start, bool imageIsThere, Findings findings)
{
    private const string Replace =
        "In a cluster, remove this member and add it anew with an empty directory; a member that is alone is restored from a snapshot.";

    public void Run()
    {
        CheckStart();
        CheckEnd();
        CheckTerm();
        CheckSelf();
        CheckMembers();
    }

    private void CheckStart()
    {
        if (database.ConsistentIndex >= log.Start.Index)
            return;
        if (imageIsThere)
        {
            findings.Notice(
                "consistent index",
                directory.Database,
                $"the database holds entries up to {database.ConsistentIndex}, the leader's snapshot of index {log.Start.Index} has not been put in its place yet",
                "The start does it.");
        }
        else
        {
            findings.Error(
                "consistent index",
                directory.Database,
                $"the database holds entries up to {database.ConsistentIndex}, but the log begins after a snapshot of index {log.Start.Index}",
                $"The database is older than the log: was one of them copied back alone? Put those together that belong together. Otherwise: {Replace}");
        }
    }

    private void CheckEnd()
    {
        if (!log.IsWhole || database.ConsistentIndex <= log.LastIndex)
            return;
        string found = $"the database holds entries up to {database.ConsistentIndex}, but the log ends with {log.LastIndex}";
        if (database.Cluster.Voters.Count > 1)
        {
            findings.Warning(
                "consistent index",
                directory.Database,
                found,
                "A follower that was killed may be like this, and catches up from its leader. Start it together with the others, never as the one that survives.");
        }
        else
        {
            findings.Error("consistent index", directory.Database, found, $"The log has lost its end, or the two do not belong together. {Replace}");
        }
    }

    private void CheckTerm()
    {
        if (database.Term == 0)
            return;
        ulong? term = database.ConsistentIndex == log.Start.Index && log.Start.Index > 0 ? log.Start.Term : log.Terms.At(database.ConsistentIndex);
        if (term is { } logged && logged != database.Term)
        {
            findings.Error(
                "consistent index",
                directory.Database,
                $"the database holds entry {database.ConsistentIndex} of term {database.Term}, in the log that entry is of term {logged}",
                $"Log and database are of different histories. {Replace}");
        }
    }

    private void CheckSelf()
    {
        if (log.Identity is not { } identity)
            return;
        string self = Hex(identity.NodeID);
        if (database.Cluster.WasRemoved(identity.NodeID))
            findings.Error("members", directory.Database, $"this member, {self}, has been removed from its cluster", "It will not start. Add it anew, with an empty directory.");
        else if (database.Cluster.Members.Count > 0 && database.Cluster.Find(identity.NodeID) is null)
            findings.Error("members", directory.Database, $"the log is that of member {self}, which is not among the members in the database", $"Log and database do not belong together. {Replace}");
        foreach (IGrouping<string, ClusterMember> shared in database.Cluster.Members.SelectMany(static member => member.PeerUrls.Select(url => (member, url))).GroupBy(static pair => pair.url, static pair => pair.member))
        {
            if (shared.Count() > 1)
                findings.Warning("members", directory.Database, $"{shared.Key} is a peer URL of {string.Join(" and ", shared.Select(static member => member.HexId))}", "Give each member URLs of its own (member update).");
        }
    }

    private void CheckMembers()
    {
        if (!log.IsWhole || Documented() is not { } documented || database.Cluster.Members.Count == 0 || database.ConsistentIndex < log.Start.Index)
            return;
        var replay = new MembershipReplay(documented, log.Start.ConfState ?? ConfState.Empty, database.Cluster);
        foreach (Entry entry in log.MembershipEntries)
        {
            if (entry.Index > log.Start.Index && entry.Index <= database.ConsistentIndex)
                replay.Apply(entry);
        }

        string[] differences = [.. Differences(replay.Cluster, database.Cluster)];
        if (differences.Length > 0)
        {
            findings.Warning(
                "members",
                directory.Database,
                $"the members in the database are not those of the log: {string.Join("; ", differences)}",
                "etcd 3.5.0 to 3.5.19 leave that. Tenet goes by the log and corrects the database when it starts; etcd 3.6 and later would go by the database: start Tenet, or etcd 3.5.20 or later, on it first.");
        }
    }

    private ClusterView? Documented()
    {
        if (log.Start.Index == 0)
            return log.Terms.First <= 1 ? new ClusterView([], [], null, DowngradeInfo.None) : null;
        try
        {
            return start is null ? null : V2StoreDocument.Read(start.Data, $"the snapshot of index {start.Index}");
        }
        catch (CorruptionException damage)
        {
            findings.Warning(
                "members",
                directory.Snapshots,
                $"{damage.File} does not say who the members are: expected {damage.Expected}, found {damage.Found}",
                "etcd 3.5 and 3.6 cannot start from it; Tenet and etcd 3.7 take the members from the database.");
            return null;
        }
    }

    private static IEnumerable<string> Differences(ClusterView logged, ClusterView stored)
    {
        foreach (ClusterMember member in logged.Members)
        {
            if (stored.Find(member.Id) is not { } other)
                yield return $"{member.HexId} is not in the database";
            else if (member.IsLearner != other.IsLearner)
                yield return $"{member.HexId} is a {(other.IsLearner ? "learner" : "voter")} in the database and a {(member.IsLearner ? "learner" : "voter")} in the log";
            else if (!member.PeerUrls.Order(StringComparer.Ordinal).SequenceEqual(other.PeerUrls.Order(StringComparer.Ordinal)))
                yield return $"{member.HexId} has peer URLs {string.Join(',', other.PeerUrls)} in the database and {string.Join(',', member.PeerUrls)} in the log";
            else if (member.Name.Length > 0 && (member.Name != other.Name || !member.ClientUrls.SequenceEqual(other.ClientUrls)))
                yield return $"{member.HexId} is '{other.Name}' {string.Join(',', other.ClientUrls)} in the database and '{member.Name}' {string.Join(',', member.ClientUrls)} in the log";
        }

        foreach (ClusterMember member in stored.Members)
        {
            if (logged.Find(member.Id) is null)
                yield return $"{member.HexId} is only in the database";
        }
    }

    private static string Hex(ulong id) => id.ToString("x", CultureInfo.InvariantCulture);
}

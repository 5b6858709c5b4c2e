using System.Globalization;
using Tenet.Interop.Tests.Processes;

namespace Tenet.Interop.Tests.Clusters;

/// <summary>What all members of a cluster are told alike. The names of the flags differ between versions; the meaning does not.</summary>
internal sealed record ClusterSettings
{
    public string Token { get; init; } = "interop";

    /// <summary>Where the founders find each other, and under which token; null: they are told of each other.</summary>
    public (string Endpoint, string Token)? Discovery { get; init; }

    /// <summary>Applied entries between two raft snapshots; null for the program's own default.</summary>
    public int? SnapshotCount { get; init; }

    /// <summary>Entries that stay in memory behind a raft snapshot, for followers that are a little late.</summary>
    public int? CatchUpEntries { get; init; }

    public int HeartbeatMilliseconds { get; init; } = 100;

    public int ElectionMilliseconds { get; init; } = 1000;

    /// <summary>Whether membership changes are refused that could lose quorum; on by default, as in etcd.</summary>
    public bool StrictReconfigurationCheck { get; init; } = true;

    /// <summary>Between two comparisons of all data; null: none.</summary>
    public TimeSpan? CorruptCheckTime { get; init; }

    /// <summary>Between two comparisons of compaction hashes; null for the program's own default.</summary>
    public TimeSpan? CompactHashCheckTime { get; init; }

    public bool InitialCorruptCheck { get; init; }

    /// <summary>Whether members reach each other through relays, whose links can be cut and delayed.</summary>
    public bool Relays { get; init; }

    /// <summary>Enough entries for a snapshot come within a moment, and a member that was away needs one.</summary>
    public static ClusterSettings SmallSnapshots { get; } = new() { SnapshotCount = 50, CatchUpEntries = 20 };

    public IEnumerable<string> Flags(ServerBinary binary)
    {
        yield return $"--heartbeat-interval={Text(HeartbeatMilliseconds)}";
        yield return $"--election-timeout={Text(ElectionMilliseconds)}";
        if (SnapshotCount is { } count)
            yield return $"--snapshot-count={Text(count)}";
        if (CatchUpEntries is { } entries)
            yield return $"{binary.Renamed("snapshot-catchup-entries")}={Text(entries)}";
        if (!StrictReconfigurationCheck)
            yield return "--strict-reconfig-check=false";
        if (CorruptCheckTime is { } period)
            yield return $"{binary.Renamed("corrupt-check-time")}={Text(period.TotalMilliseconds)}ms";
        if (CompactHashCheckTime is { } interval)
        {
            // On by default in Tenet.
            if (binary.IsEtcd)
                yield return "--experimental-compact-hash-check-enabled";
            yield return $"{binary.Renamed("compact-hash-check-time")}={Text(interval.TotalMilliseconds)}ms";
        }
        if (InitialCorruptCheck)
            yield return binary.IsEtcd ? "--experimental-initial-corrupt-check" : "--feature-gates=InitialCorruptCheck=true";
    }

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}

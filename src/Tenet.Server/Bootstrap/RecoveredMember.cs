using Tenet.Raft;
using Tenet.State.Backends;
using Tenet.State.Members;
using Tenet.Wal;

namespace Tenet.Server.Bootstrap;

/// <summary>What a member begins with: its identity, its log open for appending, its backend, and what of the log Raft has to know.</summary>
internal sealed record RecoveredMember
{
    public required ulong MemberId { get; init; }

    public required ulong ClusterId { get; init; }

    public required WriteAheadLog Log { get; init; }

    public required SnapshotFiles SnapshotFiles { get; init; }

    public required Backend Backend { get; init; }

    /// <summary>Where the log begins, without data.</summary>
    public required Snapshot Snapshot { get; init; }

    public required HardState HardState { get; init; }

    public required IReadOnlyList<Entry> Entries { get; init; }

    /// <summary>The founding members of a new cluster by ascending id; empty after a restart.</summary>
    public required IReadOnlyList<(ulong Id, ReadOnlyMemory<byte> Context)> Founders { get; init; }

    /// <summary>The members of a cluster that is being joined for the first time; empty otherwise.</summary>
    public required IReadOnlyList<ClusterMember> Remotes { get; init; }
}

using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Server;

/// <summary>What a member knows of itself at one moment, for the pages of contract/api.md, 5.2. Reading it needs no consensus.</summary>
public sealed record MemberStatus
{
    /// <summary>This member.</summary>
    public required ulong MemberId { get; init; }

    /// <summary>Its cluster.</summary>
    public required ulong ClusterId { get; init; }

    /// <summary>The leader it knows; 0 if none.</summary>
    public required ulong Leader { get; init; }

    /// <summary>Raft's term.</summary>
    public required ulong Term { get; init; }

    /// <summary>The last committed entry.</summary>
    public required ulong CommittedIndex { get; init; }

    /// <summary>The last applied entry.</summary>
    public required ulong AppliedIndex { get; init; }

    /// <summary>Whether it is a learner.</summary>
    public required bool IsLearner { get; init; }

    /// <summary>The decided cluster version (<c>3.5.0</c>), or null before the decision.</summary>
    public required string? ClusterVersion { get; init; }

    /// <summary>The storage version (<c>3.5.0</c>), or null if it cannot be told.</summary>
    public required string? StorageVersion { get; init; }

    /// <summary>The kinds of the alarms that are raised, in the order of the alarm list.</summary>
    public required IReadOnlyList<AlarmType> Alarms { get; init; }

    /// <summary>Whether this member leads.</summary>
    public bool IsLeader => Leader == MemberId;
}

namespace Tenet.Raft;

/// <summary>What a member knows about itself and, if it leads, about the others.</summary>
public sealed record RaftStatus
{
    /// <summary>This member.</summary>
    public required ulong Id { get; init; }

    /// <summary>Term, vote and commit index.</summary>
    public required HardState HardState { get; init; }

    /// <summary>The leader and the own role.</summary>
    public required SoftState SoftState { get; init; }

    /// <summary>The last index known to be applied.</summary>
    public required ulong Applied { get; init; }

    /// <summary>The membership in force.</summary>
    public required ConfState ConfState { get; init; }

    /// <summary>The member that leadership is being handed to, 0 for none.</summary>
    public required ulong LeadTransferee { get; init; }

    /// <summary>On the leader: every member by ascending id. Otherwise empty.</summary>
    public required IReadOnlyList<PeerStatus> Progress { get; init; }
}

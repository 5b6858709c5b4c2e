namespace Tenet.Server.Loops;

/// <summary>What the transport tells the consensus loop. Each has one meaning.</summary>
internal abstract record PeerReport
{
    /// <summary>A message to a member was dropped, or its connection broke.</summary>
    public sealed record Unreachable(ulong MemberId) : PeerReport;

    /// <summary>The process of a member has ended.</summary>
    public sealed record Gone(ulong MemberId) : PeerReport;

    /// <summary>The transfer of a snapshot to a member has ended.</summary>
    public sealed record SnapshotEnded(ulong MemberId, bool Delivered) : PeerReport;

    /// <summary>A peer says that this member was removed from the cluster.</summary>
    public sealed record SelfRemoved : PeerReport;
}

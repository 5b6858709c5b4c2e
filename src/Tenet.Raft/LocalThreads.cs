namespace Tenet.Raft;

/// <summary>Ids that stand for a member's own storage in the sender field of local messages; no member may have one of them.</summary>
public static class LocalThreads
{
    /// <summary>The log.</summary>
    public const ulong Append = ulong.MaxValue;

    /// <summary>The state machine.</summary>
    public const ulong Apply = ulong.MaxValue - 1;
}

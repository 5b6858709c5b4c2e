namespace Tenet.Raft;

/// <summary>Whether something of the log could be read.</summary>
public enum LogRead
{
    /// <summary>It was.</summary>
    Found,

    /// <summary>It is older than the log reaches.</summary>
    Compacted,

    /// <summary>The log has not come that far.</summary>
    Unavailable,
}

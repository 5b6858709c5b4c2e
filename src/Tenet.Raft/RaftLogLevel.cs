namespace Tenet.Raft;

/// <summary>How much a line matters.</summary>
public enum RaftLogLevel
{
    /// <summary>For following a run step by step.</summary>
    Debug = 0,

    /// <summary>Elections, leadership, membership, snapshots.</summary>
    Info = 1,

    /// <summary>Something an operator may want to look at.</summary>
    Warning = 2,

    /// <summary>A request that cannot be right.</summary>
    Error = 3,
}

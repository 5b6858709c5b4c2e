namespace Tenet.Raft;

/// <summary>How a leader makes sure that it still leads before it answers a read request.</summary>
public enum ReadOnlyOption
{
    /// <summary>It asks a quorum.</summary>
    Safe = 0,

    /// <summary>It trusts its lease, and with that the clocks of all members.</summary>
    LeaseBased = 1,
}

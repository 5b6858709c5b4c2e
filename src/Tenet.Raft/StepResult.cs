namespace Tenet.Raft;

/// <summary>What became of a message or a proposal.</summary>
public enum StepResult
{
    /// <summary>It was taken in. For a proposal that is no promise that it will be committed.</summary>
    Accepted,

    /// <summary>
    /// The proposal was dropped: no leader, a transfer in progress, too much uncommitted, or this member is not in the cluster.
    /// </summary>
    Dropped,

    /// <summary>A kind that only a member itself may send came from somewhere else; it was ignored.</summary>
    NotFromHere,

    /// <summary>An answer came from somebody who is no member; it was ignored.</summary>
    UnknownPeer,
}

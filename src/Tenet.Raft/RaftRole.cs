namespace Tenet.Raft;

/// <summary>What a member is at the moment.</summary>
public enum RaftRole
{
    /// <summary>It follows a leader or waits for one.</summary>
    Follower = 0,

    /// <summary>It asks for votes.</summary>
    Candidate = 1,

    /// <summary>It leads.</summary>
    Leader = 2,

    /// <summary>It asks whether it would get votes.</summary>
    PreCandidate = 3,
}

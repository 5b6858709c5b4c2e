namespace Tenet.Raft.Quorum;

/// <summary>Where an election stands.</summary>
internal enum VoteResult
{
    /// <summary>It can still go either way.</summary>
    Pending,

    /// <summary>No quorum can be reached any more.</summary>
    Lost,

    /// <summary>A quorum agrees.</summary>
    Won,
}

namespace Tenet.Raft;

/// <summary>
/// Where the core's lines go (contract/consensus.md, 1.16). Called on the caller's thread; there are none on the way of a normal proposal.
/// </summary>
public interface IRaftLog
{
    /// <summary>Takes one line.</summary>
    void Write(RaftLogLevel level, string line);
}

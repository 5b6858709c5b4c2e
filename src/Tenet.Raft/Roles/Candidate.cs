namespace Tenet.Raft.Roles;

/// <summary>Asks for votes in a term of its own.</summary>
internal sealed class Candidate(RaftCore core) : Campaigner(core)
{
    /// <inheritdoc/>
    public override RaftRole Kind => RaftRole.Candidate;

    protected override bool IsPreVote => false;

    protected override void OnWon() => Core.BecomeLeader();
}

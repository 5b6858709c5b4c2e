namespace Tenet.Raft;

/// <summary>What a member must find again after a restart, besides its log. The default value is "nothing yet".</summary>
/// <param name="Term">The latest term seen.</param>
/// <param name="Vote">Whom this member voted for in that term, 0 for nobody.</param>
/// <param name="Commit">The highest index known to be committed.</param>
public readonly record struct HardState(ulong Term, ulong Vote, ulong Commit)
{
    /// <summary>True if nothing has been recorded yet.</summary>
    public bool IsEmpty => this == default;

    /// <summary>
    /// Whether saving this state after <paramref name="previous"/> must wait for the disk: a term or a vote may not be forgotten, a commit
    /// index alone may (contract/consensus.md, 1.14.1).
    /// </summary>
    public bool MustSyncAfter(HardState previous) => Term != previous.Term || Vote != previous.Vote;
}

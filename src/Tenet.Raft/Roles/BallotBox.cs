using Tenet.Raft.Quorum;

namespace Tenet.Raft.Roles;

/// <summary>The answers of one campaign. A voter's first answer counts.</summary>
internal sealed class BallotBox : IBallots
{
    private MemberSet _granted = MemberSet.Empty;
    private MemberSet _rejected = MemberSet.Empty;

    /// <summary>Puts an answer in.</summary>
    public void Record(ulong voter, bool granted)
    {
        if (Of(voter) is not null)
            return;
        if (granted)
            _granted = _granted.With(voter);
        else
            _rejected = _rejected.With(voter);
    }

    /// <inheritdoc/>
    public bool? Of(ulong voter)
    {
        if (_granted.Contains(voter))
            return true;
        return _rejected.Contains(voter) ? false : null;
    }
}

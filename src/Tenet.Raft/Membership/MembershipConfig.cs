using System.Text;
using Tenet.Raft.Quorum;

namespace Tenet.Raft.Membership;

/// <summary>Who takes part, and how. Immutable.</summary>
internal sealed record MembershipConfig
{
    /// <summary>Nobody.</summary>
    public static MembershipConfig Empty { get; } = new();

    /// <summary>The voters in force.</summary>
    public JointVoters Voters { get; init; } = new(MemberSet.Empty, MemberSet.Empty);

    /// <summary>Members without a vote.</summary>
    public MemberSet Learners { get; init; } = MemberSet.Empty;

    /// <summary>Outgoing voters that become learners once the joint configuration is left: one cannot be both at the same time.</summary>
    public MemberSet LearnersNext { get; init; } = MemberSet.Empty;

    /// <summary>Whether the joint configuration is left automatically.</summary>
    public bool AutoLeave { get; init; }

    /// <summary>The form that is stored.</summary>
    public ConfState ToConfState() => new(Voters.Incoming, Learners, Voters.Outgoing, LearnersNext, AutoLeave);

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder().Append($"voters={Voters}");
        if (Learners.Count > 0)
            text.Append($" learners={Learners}");
        if (LearnersNext.Count > 0)
            text.Append($" learners_next={LearnersNext}");
        return text.Append(AutoLeave ? " autoleave" : "").ToString();
    }
}

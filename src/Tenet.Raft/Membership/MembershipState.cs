using Tenet.Raft.Tracking;

namespace Tenet.Raft.Membership;

/// <summary>A configuration together with what is known of its members; the two change together.</summary>
internal readonly record struct MembershipState(MembershipConfig Config, ProgressMap Members)
{
    /// <summary>Nobody.</summary>
    public static MembershipState Empty { get; } = new(MembershipConfig.Empty, ProgressMap.Empty);
}

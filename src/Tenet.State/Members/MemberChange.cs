namespace Tenet.State.Members;

/// <summary>What a configuration change does; the numbers are those of raftpb.ConfChangeType.</summary>
public enum MemberChangeKind
{
    /// <summary>Adds a voter, or gives a learner its vote.</summary>
    AddVoter = 0,

    /// <summary>Removes a member for good.</summary>
    Remove = 1,

    /// <summary>Replaces a member's peer URLs.</summary>
    Update = 2,

    /// <summary>Adds a learner.</summary>
    AddLearner = 3,
}

/// <summary>A configuration change as the log holds it (contract/consensus.md, 6.2).</summary>
/// <param name="Kind">What it does.</param>
/// <param name="NodeId">To which member.</param>
/// <param name="Context">JSON of the member; empty for a removal.</param>
public sealed record MemberChange(MemberChangeKind Kind, ulong NodeId, ReadOnlyMemory<byte> Context);

/// <summary>The context of a configuration change.</summary>
/// <param name="Member">The member that it speaks of.</param>
/// <param name="IsPromote">Whether it gives a learner its vote.</param>
public sealed record MemberContext(ClusterMember Member, bool IsPromote);

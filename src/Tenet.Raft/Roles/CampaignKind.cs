namespace Tenet.Raft.Roles;

/// <summary>Why a member campaigns.</summary>
internal enum CampaignKind
{
    /// <summary>To find out whether it would win; nobody's term changes.</summary>
    PreElection,

    /// <summary>To lead.</summary>
    Election,

    /// <summary>To lead, because the leader asked for it: without a pre-vote, and leases do not count.</summary>
    Transfer,
}

namespace Tenet.Raft;

/// <summary>What a leader knows of one member.</summary>
/// <param name="Id">The member.</param>
/// <param name="Match">The last index it is known to hold.</param>
/// <param name="Next">The next index to send.</param>
/// <param name="State">How entries reach it.</param>
/// <param name="IsLearner">Whether it has no vote.</param>
/// <param name="RecentActive">Whether it was heard of lately; meaningful with check-quorum only.</param>
/// <param name="PendingSnapshot">The index of the snapshot that is on its way, 0 for none.</param>
/// <param name="Description">All of it as one line (contract/consensus.md, 1.6).</param>
public sealed record PeerStatus(
    ulong Id, ulong Match, ulong Next, ProgressState State, bool IsLearner, bool RecentActive, ulong PendingSnapshot, string Description);

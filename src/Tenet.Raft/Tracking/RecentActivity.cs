using Tenet.Raft.Quorum;

namespace Tenet.Raft.Tracking;

/// <summary>Who was heard of lately, as if by vote.</summary>
internal readonly struct RecentActivity(ProgressMap members) : IBallots
{
    /// <inheritdoc/>
    public bool? Of(ulong voter) => members.TryGet(voter, out Progress? progress) && !progress.IsLearner ? progress.RecentActive : null;
}

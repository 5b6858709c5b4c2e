using Tenet.Raft.Quorum;

namespace Tenet.Raft.Tracking;

/// <summary>Acknowledged read requests.</summary>
internal readonly struct ReadPositions(ProgressMap members) : IAcknowledgements
{
    /// <inheritdoc/>
    public ulong Of(ulong voter) => members.TryGet(voter, out Progress? progress) ? progress.ReadPosition : 0;
}

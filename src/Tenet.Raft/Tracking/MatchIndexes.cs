using Tenet.Raft.Quorum;

namespace Tenet.Raft.Tracking;

/// <summary>Acknowledged log indexes.</summary>
internal readonly struct MatchIndexes(ProgressMap members) : IAcknowledgements
{
    /// <inheritdoc/>
    public ulong Of(ulong voter) => members.TryGet(voter, out Progress? progress) ? progress.Match : 0;
}

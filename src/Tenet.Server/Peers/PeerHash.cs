namespace Tenet.Server.Peers;

/// <summary>What a member says of its history.</summary>
/// <param name="Hash">Over the revisions after <paramref name="CompactRevision"/>.</param>
/// <param name="CompactRevision">The last compaction; −1 if there was none.</param>
/// <param name="Revision">The revision that the header of the answer names: the member's newest.</param>
/// <param name="HashRevision">The last revision hashed; 0 from members before 3.6, which do not say.</param>
public sealed record PeerHash(uint Hash, long CompactRevision, long Revision, long HashRevision);

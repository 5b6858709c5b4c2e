namespace Tenet.State.Mvcc;

/// <summary>A hash over history (contract/storage.md, 6.6). Two are comparable only when both revisions are equal.</summary>
/// <param name="Hash">CRC-32C over the records that count.</param>
/// <param name="CompactRevision">The compact revision it was computed with; −1 if never compacted.</param>
/// <param name="Revision">The revision up to which records count.</param>
public sealed record HashKvResult(uint Hash, long CompactRevision, long Revision)
{
    /// <summary>A result as it is told to others: they compare hashes only if they were computed with the same compact revision.</summary>
    /// <param name="hash">The hash.</param>
    /// <param name="compacted">The compact revision; 0 if nothing was compacted yet.</param>
    /// <param name="revision">The revision hashed.</param>
    internal static HashKvResult Of(uint hash, long compacted, long revision) => new(hash, compacted == 0 ? -1 : compacted, revision);
}

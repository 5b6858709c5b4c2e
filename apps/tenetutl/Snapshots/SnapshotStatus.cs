namespace Tenet.Utl.Snapshots;

/// <summary>What a snapshot file holds (contract/storage.md, 7.2).</summary>
/// <param name="Hash">CRC-32C over the names, keys and values of all buckets.</param>
/// <param name="Revision">The main revision of the last record.</param>
/// <param name="TotalKeys">Keys that exist at that revision.</param>
/// <param name="TotalSize">Pages times page size; the checksum behind them does not count.</param>
/// <param name="Version">The version of the schema; empty where it is not written down.</param>
internal sealed record SnapshotStatus(uint Hash, long Revision, long TotalKeys, long TotalSize, string Version);

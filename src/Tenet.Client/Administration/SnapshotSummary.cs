namespace Tenet.Client;

/// <summary>A snapshot that was taken.</summary>
/// <param name="Bytes">Its size, checksum included.</param>
/// <param name="Version">The version of the member that gave it; empty if that is older than 3.6.</param>
public readonly record struct SnapshotSummary(long Bytes, string Version);

namespace Tenet.Wal;

/// <summary>How long the parts of saving a snapshot file took.</summary>
/// <param name="Encode">Encoding it.</param>
/// <param name="Sync">Syncing the file.</param>
public readonly record struct SnapshotSaveTimes(TimeSpan Encode, TimeSpan Sync);

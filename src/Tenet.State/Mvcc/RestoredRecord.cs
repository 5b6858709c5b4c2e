namespace Tenet.State.Mvcc;

/// <summary>What the index needs of a stored record.</summary>
internal readonly record struct RestoredRecord(
    Revision Revision, bool IsTombstone, long CreateRevision, long Version, long Lease, int KeyOffset, int KeyLength);

namespace Tenet.State.Mvcc.Index;

/// <summary>What the index knows of a key at a revision.</summary>
internal readonly record struct KeyVersion(Revision Modified, long CreateRevision, long Version);

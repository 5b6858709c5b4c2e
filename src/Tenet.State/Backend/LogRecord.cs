namespace Tenet.State.Backends;

/// <summary>A record of bucket <c>key</c> that waits for its commit.</summary>
internal readonly record struct LogRecord(StoredRevision Key, ReadOnlyMemory<byte> Value);

namespace Tenet.State.Backends;

/// <summary>The keys of bucket <c>meta</c> (contract/storage.md, 5.3).</summary>
public static class MetaKeys
{
    /// <summary>Index of the last applied entry, 8 bytes big endian.</summary>
    public static ReadOnlySpan<byte> ConsistentIndex => "consistent_index"u8;

    /// <summary>Term of that entry, 8 bytes big endian.</summary>
    public static ReadOnlySpan<byte> Term => "term"u8;

    /// <summary>The configuration as JSON.</summary>
    public static ReadOnlySpan<byte> ConfState => "confState"u8;

    /// <summary>Revision of the last accepted compaction.</summary>
    public static ReadOnlySpan<byte> ScheduledCompactRevision => "scheduledCompactRev"u8;

    /// <summary>Revision of the last finished compaction.</summary>
    public static ReadOnlySpan<byte> FinishedCompactRevision => "finishedCompactRev"u8;

    /// <summary>Version of the schema, as text.</summary>
    public static ReadOnlySpan<byte> StorageVersion => "storageVersion"u8;
}

namespace Tenet.Wal.Reading;

/// <summary>What a record says; the numbers are on disk (contract/storage.md, 2.4).</summary>
public enum WalRecordKind
{
    /// <summary>Who the member is.</summary>
    Metadata = 1,

    /// <summary>An entry.</summary>
    Entry = 2,

    /// <summary>A hard state.</summary>
    State = 3,

    /// <summary>A snapshot from which the log can be read.</summary>
    Snapshot = 5,
}

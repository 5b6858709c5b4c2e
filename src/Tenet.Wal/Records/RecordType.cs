namespace Tenet.Wal.Records;

/// <summary>What the data of a record is; the numbers are on disk (contract/storage.md, 2.4).</summary>
internal enum RecordType
{
    Metadata = 1,
    Entry = 2,
    State = 3,
    Checksum = 4,
    Snapshot = 5,
}

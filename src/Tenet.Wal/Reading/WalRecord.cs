using Tenet.Foundation;
using Tenet.Raft;
using Tenet.Wal.Records;

namespace Tenet.Wal.Reading;

/// <summary>A record of a log, its checksum found right. Its bytes hold until the next one is read.</summary>
public readonly struct WalRecord
{
    private readonly Record _record;

    internal WalRecord(in Record record) => _record = record;

    /// <summary>What it says.</summary>
    public WalRecordKind Kind => (WalRecordKind)(int)_record.Type;

    /// <summary>The segment's file.</summary>
    public string Path => _record.Path;

    /// <summary>Where in it the record begins.</summary>
    public long Offset => _record.Offset;

    /// <summary>What it holds.</summary>
    public ReadOnlyMemory<byte> Data => _record.Data;

    /// <summary>The entry that it holds.</summary>
    /// <exception cref="CorruptionException">It holds none.</exception>
    public Entry ReadEntry() => LogContents.ReadEntry(_record);

    /// <summary>The hard state that it holds.</summary>
    /// <exception cref="CorruptionException">It holds none.</exception>
    public HardState ReadHardState() => LogContents.ReadHardState(_record);

    /// <summary>The snapshot that it stands for.</summary>
    /// <exception cref="CorruptionException">It is no snapshot record.</exception>
    public WalSnapshot ReadSnapshot() => SnapshotRecord.Read(_record);
}

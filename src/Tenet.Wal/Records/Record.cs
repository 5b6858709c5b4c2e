using Tenet.Foundation;

namespace Tenet.Wal.Records;

/// <summary>A record whose checksum was found right, and where it begins.</summary>
internal readonly record struct Record(RecordType Type, ReadOnlyMemory<byte> Data, string Path, long Offset)
{
    public CorruptionException Corrupt(string expected, string found) => new(Path, Offset, expected, found);
}

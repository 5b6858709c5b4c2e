using System.Buffers.Binary;
using System.Numerics;
using Tenet.Foundation;
using Tenet.Foundation.Checksums;
using Tenet.Raft;
using Tenet.Raft.Wire;

namespace Tenet.Wal.Records;

/// <summary>
/// Encodes records into one buffer that is written in one piece and used again. It carries the running checksum, which chains every
/// record to all before it, over the ends of segments too (contract/storage.md, 2.3 to 2.5). The buffer is always whole frames.
/// </summary>
internal sealed class RecordEncoder(uint checksum)
{
    private const int FrameHeaderBytes = sizeof(ulong);
    public const int FrameAlignment = 8;

    // Type, checksum and the tag of the data, each with its tag; the data's own length comes on top.
    private const int TypeBytes = 2;
    private const int ChecksumBytesMax = 6;
    private const int OverheadBytesMax = FrameHeaderBytes + TypeBytes + ChecksumBytesMax + 1 + 5 + FrameAlignment;

    private const int KeptBytes = 256 * 1024;
    private const int KeptBytesMax = 4 * 1024 * 1024;

    private byte[] _buffer = new byte[KeptBytes];

    /// <summary>Bytes waiting to be written.</summary>
    public int Length { get; private set; }

    /// <summary>The running checksum after the last record.</summary>
    public uint Checksum { get; private set; } = checksum;

    /// <summary>What waits to be written.</summary>
    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, Length);

    /// <summary>The bytes were written.</summary>
    public void Clear()
    {
        Length = 0;
        if (_buffer.Length > KeptBytesMax)
            _buffer = new byte[KeptBytes];
    }

    public void Append(in Entry entry)
    {
        int size = RaftCodec.SizeOf(entry);
        RaftCodec.Write(entry, Reserve(size));
        Finish(RecordType.Entry, size);
    }

    public void Append(in HardState state)
    {
        int size = RaftCodec.SizeOf(state);
        RaftCodec.Write(state, Reserve(size));
        Finish(RecordType.State, size);
    }

    public void Append(WalSnapshot snapshot)
    {
        int size = SnapshotRecord.SizeOf(snapshot);
        SnapshotRecord.Write(snapshot, Reserve(size));
        Finish(RecordType.Snapshot, size);
    }

    public void AppendMetadata(ReadOnlySpan<byte> metadata)
    {
        metadata.CopyTo(Reserve(metadata.Length));
        Finish(RecordType.Metadata, metadata.Length);
    }

    /// <summary>The first record of a segment: the checksum with which its chain begins.</summary>
    public void AppendChecksum()
    {
        Reserve(0);
        Span<byte> record = _buffer.AsSpan(Length + FrameHeaderBytes);
        Frame(WriteTypeAndChecksum(record, RecordType.Checksum));
    }

    /// <summary>The length of a record and of the padding behind it, as they stand before it (contract/storage.md, 2.3).</summary>
    public static ulong FrameHeader(int recordBytes)
    {
        int padding = Aligned(recordBytes) - recordBytes;
        return padding == 0 ? (uint)recordBytes : (uint)recordBytes | (0x80UL | (uint)padding) << 56;
    }

    /// <summary>Checksum and metadata records together take no more; any further record takes 16 bytes at least.</summary>
    public static long HeaderBytesMax(int metadataBytes)
    {
        int metadataRecord = TypeBytes + ChecksumBytesMax + 1 + VarintBytes((uint)metadataBytes) + metadataBytes;
        return FrameHeaderBytes + FrameAlignment + FrameHeaderBytes + Aligned(metadataRecord);
    }

    /// <summary>Room for the data of the next record, placed for the longest form of the checksum in front of it.</summary>
    private Span<byte> Reserve(int size)
    {
        long needed = (long)Length + OverheadBytesMax + size;
        if (needed > _buffer.Length)
            Array.Resize(ref _buffer, checked((int)BitOperations.RoundUpToPowerOf2((ulong)needed)));
        return _buffer.AsSpan(Length + FrameHeaderBytes + TypeBytes + ChecksumBytesMax + 1 + VarintBytes((uint)size), size);
    }

    /// <summary>The data stands where <see cref="Reserve"/> said: puts the rest of the record around it.</summary>
    private void Finish(RecordType type, int size)
    {
        int lengthBytes = VarintBytes((uint)size);
        Span<byte> record = _buffer.AsSpan(Length + FrameHeaderBytes);
        Span<byte> data = record.Slice(TypeBytes + ChecksumBytesMax + 1 + lengthBytes, size);
        Checksum = Crc32C.Update(Checksum, data);
        int position = WriteTypeAndChecksum(record, type);

        // One checksum in sixteen is shorter than the room left for it.
        if (position < TypeBytes + ChecksumBytesMax)
            data.CopyTo(record[(position + 1 + lengthBytes)..]);
        record[position++] = 3 << 3 | 2;
        position += WriteVarint(record[position..], (uint)size);
        Frame(position + size);
    }

    private int WriteTypeAndChecksum(Span<byte> record, RecordType type)
    {
        record[0] = 1 << 3;
        record[1] = (byte)type;
        record[2] = 2 << 3;
        return 3 + WriteVarint(record[3..], Checksum);
    }

    private void Frame(int recordBytes)
    {
        int padding = Aligned(recordBytes) - recordBytes;
        BinaryPrimitives.WriteUInt64LittleEndian(_buffer.AsSpan(Length), FrameHeader(recordBytes));
        _buffer.AsSpan(Length + FrameHeaderBytes + recordBytes, padding).Clear();
        Length += FrameHeaderBytes + recordBytes + padding;
        Invariant.That(Length % FrameAlignment == 0, $"a frame ends at byte {Length} of the buffer");
    }

    private static int Aligned(int bytes) => (bytes + FrameAlignment - 1) & -FrameAlignment;

    private static int VarintBytes(uint value) => (BitOperations.Log2(value | 1) + 7) / 7;

    private static int WriteVarint(Span<byte> into, uint value)
    {
        int position = 0;
        while (value >= 0x80)
        {
            into[position++] = (byte)(value | 0x80);
            value >>= 7;
        }

        into[position++] = (byte)value;
        return position;
    }
}

using System.Buffers.Binary;
using Tenet.Foundation;
using Tenet.Foundation.Checksums;
using Tenet.Wal.Segments;

namespace Tenet.Wal.Records;

/// <summary>
/// Reads the records of segments in order and checks the chain of checksums; checksum records are followed and not handed out
/// (contract/storage.md, 2.5 and 2.9). Damage that a power cut can leave ends the reading as torn, any other throws.
/// </summary>
/// <remarks>
/// Segments are read in large pieces and records decoded in place. A piece from which <see cref="KeepData"/> was asked is never used
/// again, so entries keep slices of it and a piece is freed when the last of its entries goes.
/// </remarks>
internal sealed class RecordReader(IReadOnlyList<Segment> segments)
{
    private const int PieceBytes = 1 << 20;
    private const int FrameHeaderBytes = sizeof(ulong);
    private const int SectorBytes = 512;

    // Type, checksum, and the tag and length of the data.
    private const int RecordHeaderBytesMax = 14;

    private int _current;
    private byte[] _piece = [];
    private bool _pieceIsKept;
    private bool _isChained;

    // The bytes of the piece that are still to be decoded; they begin at Offset of the segment.
    private int _start;
    private int _end;

    /// <summary>Why <see cref="Next"/> returned false.</summary>
    public ReadEnd End { get; private set; }

    /// <summary>What is wrong with the torn record.</summary>
    public string TornBecause { get; private set; } = "";

    /// <summary>The segment being read, or the last one.</summary>
    public Segment Segment => segments[_current];

    /// <summary>Whether that is the last segment.</summary>
    public bool IsLastSegment => _current == segments.Count - 1;

    /// <summary>The end of the last good record in this segment.</summary>
    public long Offset { get; private set; }

    /// <summary>The running checksum after the last good record.</summary>
    public uint Checksum { get; private set; }

    /// <summary>The data of the record handed out last stays valid for good, instead of until the next call of <see cref="Next"/>.</summary>
    public void KeepData() => _pieceIsKept = true;

    /// <summary>Reads the next record.</summary>
    /// <exception cref="CorruptionException">Durable bytes have changed.</exception>
    public bool Next(out Record record)
    {
        record = default;
        while (End == ReadEnd.None)
        {
            int available = Fill(FrameHeaderBytes);
            ulong header = available < FrameHeaderBytes ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(_piece.AsSpan(_start));
            if (available is > 0 and < FrameHeaderBytes)
                return Torn($"{available} bytes of a frame header");
            if (header == 0)
            {
                ThrowIfHeaderVanished();
                EndSegment();
                continue;
            }

            if (TryRead(header, out record) && record.Type != RecordType.Checksum)
                return true;
        }

        return false;
    }

    /// <summary>The torn record as an error, for where it cannot be the trace of a power cut.</summary>
    public CorruptionException TornError() => new(Segment.Path, Offset, "a whole record", $"{TornBecause} (unexpected EOF)");

    private bool TryRead(ulong header, out Record record)
    {
        record = default;
        long recordBytes = (long)(header & 0x00ff_ffff_ffff_ffff);
        int padding = (long)header < 0 ? (int)(header >> 56) & 7 : 0;
        long room = Segment.Length - Offset - FrameHeaderBytes;
        if (recordBytes + padding > room)
        {
            int ready = Fill(FrameHeaderBytes + RecordHeaderBytesMax);
            ThrowIfLengthIsWrong(_piece.AsSpan(_start, ready)[FrameHeaderBytes..], recordBytes);
            return Torn($"a record of {recordBytes} bytes with {room} left in the file (max entry size limit exceeded)");
        }

        int bodyBytes = checked((int)(recordBytes + padding));
        if (Fill(FrameHeaderBytes + bodyBytes) < FrameHeaderBytes + bodyBytes)
            return Torn("a record that the file ends in");

        ReadOnlyMemory<byte> body = _piece.AsMemory(_start + FrameHeaderBytes, bodyBytes);
        string? malformed = Parse(body.Span[..(int)recordBytes], out RecordType type, out uint checksum, out Range data);
        if (malformed is not null)
            return Damaged(body.Span, recordBytes, "a record", malformed);

        record = new Record(type, body[data], Segment.Path, Offset);
        if (type == RecordType.Checksum)
        {
            // Where reading begins there is nothing yet to compare with.
            if (_isChained && Checksum != checksum)
                throw record.Corrupt($"a segment that continues checksum {Checksum:x8}", $"{checksum:x8} (walpb: crc mismatch)");
            Checksum = checksum;
            _isChained = true;
        }
        else
        {
            uint computed = Crc32C.Update(Checksum, record.Data.Span);
            if (computed != checksum)
                return Damaged(body.Span, recordBytes, $"checksum {checksum:x8}", $"{computed:x8} (walpb: crc mismatch)");
            Checksum = computed;
        }

        ulong canonical = RecordEncoder.FrameHeader((int)recordBytes);
        if (header != canonical)
            throw record.Corrupt($"frame header {canonical:x16}", $"{header:x16}");
        _start += FrameHeaderBytes + bodyBytes;
        Offset += FrameHeaderBytes + bodyBytes;
        return true;
    }

    /// <returns>What is wrong with the bytes, or null.</returns>
    private static string? Parse(ReadOnlySpan<byte> bytes, out RecordType type, out uint checksum, out Range data)
    {
        ulong typeNumber = 0;
        type = default;
        checksum = 0;
        data = ..0;
        bool hasChecksum = false;
        bool hasData = false;
        var fields = new ProtoFields(bytes);
        while (fields.Next())
        {
            switch (fields.Field)
            {
                case 1 when !fields.HoldsBytes:
                    typeNumber = fields.Number;
                    break;
                case 2 when !fields.HoldsBytes && fields.Number <= uint.MaxValue:
                    checksum = (uint)fields.Number;
                    hasChecksum = true;
                    break;
                case 3 when fields.HoldsBytes:
                    data = fields.Start..(fields.Start + fields.Length);
                    hasData = true;
                    break;
                case <= 3:
                    return $"proto: wrong wireType for field {fields.Field}";
            }
        }

        if (fields.Malformed is not null)
            return fields.Malformed;
        if (typeNumber is < (ulong)RecordType.Metadata or > (ulong)RecordType.Snapshot)
            return $"unexpected block type {typeNumber}";
        type = (RecordType)(int)typeNumber;
        if (!hasChecksum)
            return "a record without checksum";

        // The type is not under the checksum; this is what a flipped bit in it would show.
        return hasData == (type == RecordType.Checksum) ? $"a record of type {type} {(hasData ? "with" : "without")} data" : null;
    }

    /// <summary>
    /// A record is torn if a whole sector of it is zero: that sector never arrived. Only the last segment can have such a record,
    /// since every other one was synced before its successor got its name. A sector that holds nothing but padding proves nothing: without
    /// it the record would still be whole.
    /// </summary>
    private bool Damaged(ReadOnlySpan<byte> body, long recordBytes, string expected, string found)
    {
        if (!IsLastSegment || !HasZeroSector(body, recordBytes, Offset + FrameHeaderBytes))
            throw new CorruptionException(Segment.Path, Offset, expected, found);
        ThrowIfLengthIsWrong(body, recordBytes);
        return Torn($"{found} with a sector of zeros");
    }

    private static bool HasZeroSector(ReadOnlySpan<byte> body, long recordBytes, long fileOffset)
    {
        // A record without bytes has nothing but padding.
        for (long at = 0; at < Math.Max(recordBytes, 1) && !body.IsEmpty;)
        {
            int count = Math.Min(body.Length, SectorBytes - (int)((fileOffset + at) % SectorBytes));
            if (!body[..count].ContainsAnyExcept((byte)0))
                return true;
            body = body[count..];
            at += count;
        }

        return false;
    }

    /// <summary>
    /// A length of zero is where the log ends, or where a sector did not arrive. Either way the rest of the sector is zero too, because a
    /// sector arrives whole; otherwise the length was there and is damaged, and to stop here would lose what follows.
    /// </summary>
    private void ThrowIfHeaderVanished()
    {
        int rest = (int)Math.Min(SectorBytes - Offset % SectorBytes, Segment.Length - Offset);
        int ready = Math.Min(rest, Fill(rest));
        ReadOnlySpan<byte> sector = _piece.AsSpan(_start, ready);
        int found = sector.IndexOfAnyExcept((byte)0);
        if (found >= 0)
            throw new CorruptionException(Segment.Path, Offset, "zeros to the end of the sector", $"byte {sector[found]:x2} at {Offset + found}");
    }

    /// <summary>
    /// The record says its own length once more. If the two differ the frame's is damaged, which no torn write explains: a frame header lies in
    /// one sector. A zero byte in what is compared may be the edge of a sector that did not arrive, and proves nothing.
    /// </summary>
    private void ThrowIfLengthIsWrong(ReadOnlySpan<byte> record, long recordBytes)
    {
        if (record.Length < 4 || record[0] != 1 << 3 || record[1] is < (int)RecordType.Metadata or > (int)RecordType.Snapshot || record[2] != 2 << 3)
            return;
        int position = 3;
        if (!TryNonZeroVarint(record, ref position, out _))
            return;
        long bytes = position;
        if (record[1] != (int)RecordType.Checksum)
        {
            if (position >= record.Length || record[position++] != (3 << 3 | 2) || !TryNonZeroVarint(record, ref position, out ulong data))
                return;
            bytes = position + (long)data;
        }

        if (bytes != recordBytes)
            throw new CorruptionException(Segment.Path, Offset, $"a frame of {bytes} bytes, as its record says", $"{recordBytes} bytes");
    }

    private static bool TryNonZeroVarint(ReadOnlySpan<byte> bytes, ref int position, out ulong value)
    {
        value = 0;
        for (int shift = 0; shift < 35 && position < bytes.Length && bytes[position] != 0; shift += 7)
        {
            byte next = bytes[position++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return true;
        }

        return false;
    }

    private bool Torn(string reason)
    {
        TornBecause = reason;
        End = ReadEnd.Torn;
        return false;
    }

    private void EndSegment()
    {
        if (IsLastSegment)
        {
            End = ReadEnd.Finished;
            return;
        }

        _current++;
        Offset = 0;
        _start = _end = 0;
    }

    /// <summary>Has so many bytes ready from <see cref="Offset"/> on, or all that the segment still has.</summary>
    /// <returns>Bytes ready.</returns>
    private int Fill(int needed)
    {
        int ready = _end - _start;
        long left = Segment.Length - Offset;
        if (ready >= needed || ready >= left)
            return ready;

        int size = (int)Math.Min(left, Math.Max(needed, PieceBytes));
        byte[] piece = _pieceIsKept || _piece.Length < size ? GC.AllocateUninitializedArray<byte>(size) : _piece;
        _piece.AsSpan(_start, ready).CopyTo(piece);
        int read = Segment.File.Read(piece.AsSpan(ready, size - ready), Offset + ready);
        if (piece != _piece)
            _pieceIsKept = false;
        _piece = piece;
        _start = 0;
        _end = ready + read;
        return _end;
    }
}

namespace Tenet.State.Mvcc;

/// <summary>
/// The canonical encoding of mvccpb.KeyValue, which is what is stored and hashed: fields ascending, zeros left out, shortest varints
/// (contract/storage.md, 5.2).
/// </summary>
internal static class KeyValueRecord
{
    private const byte KeyTag = 0x0a;
    private const byte CreateTag = 0x10;
    private const byte ModTag = 0x18;
    private const byte VersionTag = 0x20;
    private const byte ValueTag = 0x2a;
    private const byte LeaseTag = 0x30;

    public static int SizeOf(int keyLength, long createRevision, long modRevision, long version, int valueLength, long lease) =>
        SizeOfBytes(keyLength) + SizeOfNumber(createRevision) + SizeOfNumber(modRevision) + SizeOfNumber(version) + SizeOfBytes(valueLength)
        + SizeOfNumber(lease);

    /// <summary>Encodes into a span of exactly <see cref="SizeOf"/> bytes.</summary>
    public static void Write(
        Span<byte> target, ReadOnlySpan<byte> key, long createRevision, long modRevision, long version, ReadOnlySpan<byte> value, long lease)
    {
        int at = WriteBytes(target, 0, KeyTag, key);
        at = WriteNumber(target, at, CreateTag, createRevision);
        at = WriteNumber(target, at, ModTag, modRevision);
        at = WriteNumber(target, at, VersionTag, version);
        at = WriteBytes(target, at, ValueTag, value);
        WriteNumber(target, at, LeaseTag, lease);
    }

    public static byte[] Encode(
        ReadOnlySpan<byte> key, long createRevision, long modRevision, long version, ReadOnlySpan<byte> value, long lease)
    {
        var record = new byte[SizeOf(key.Length, createRevision, modRevision, version, value.Length, lease)];
        Write(record, key, createRevision, modRevision, version, value, lease);
        return record;
    }

    /// <summary>
    /// The KeyValue of a deletion's event: key and mod_revision. Its first <paramref name="storedLength"/> bytes are the record that is
    /// stored, which holds the key only.
    /// </summary>
    public static byte[] EncodeDeletion(ReadOnlySpan<byte> key, long modRevision, out int storedLength)
    {
        storedLength = SizeOfBytes(key.Length);
        return Encode(key, 0, modRevision, 0, [], 0);
    }

    /// <summary>Where the key's bytes begin in a record that has one.</summary>
    public static int KeyOffset(int keyLength) => keyLength == 0 ? 0 : 1 + Varint.SizeOf((ulong)keyLength);

    /// <summary>Reads a record; false if the bytes are not one. Unknown fields are passed over.</summary>
    public static bool TryRead(ReadOnlySpan<byte> record, out KeyValueFields fields)
    {
        fields = default;
        int at = 0;
        while (at < record.Length)
        {
            if (!Varint.TryRead(record, ref at, out ulong tag))
                return false;
            switch (tag)
            {
                case KeyTag:
                    if (!TryReadBytes(record, ref at, out fields.Key))
                        return false;
                    continue;
                case ValueTag:
                    if (!TryReadBytes(record, ref at, out fields.Value))
                        return false;
                    continue;
            }

            if (!TryReadOther(record, tag, ref at, ref fields))
                return false;
        }

        return true;
    }

    private static bool TryReadOther(ReadOnlySpan<byte> record, ulong tag, scoped ref int at, scoped ref KeyValueFields fields)
    {
        ulong number = 0;
        switch (tag & 7)
        {
            case 0:
                if (!Varint.TryRead(record, ref at, out number))
                    return false;
                break;
            case 1:
                at += sizeof(ulong);
                break;
            case 2:
                if (!TryReadBytes(record, ref at, out _))
                    return false;
                break;
            case 5:
                at += sizeof(uint);
                break;
            default:
                return false;
        }

        switch (tag)
        {
            case CreateTag:
                fields.CreateRevision = (long)number;
                break;
            case ModTag:
                fields.ModRevision = (long)number;
                break;
            case VersionTag:
                fields.Version = (long)number;
                break;
            case LeaseTag:
                fields.Lease = (long)number;
                break;
        }

        // A field number has at most 29 bits, and is not 0.
        return tag is >= 8 and <= uint.MaxValue && at <= record.Length;
    }

    private static bool TryReadBytes(ReadOnlySpan<byte> record, scoped ref int at, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (!Varint.TryRead(record, ref at, out ulong length) || length > (ulong)(record.Length - at))
            return false;
        bytes = record.Slice(at, (int)length);
        at += (int)length;
        return true;
    }

    private static int SizeOfBytes(int length) => length == 0 ? 0 : 1 + Varint.SizeOf((ulong)length) + length;

    private static int SizeOfNumber(long number) => number == 0 ? 0 : 1 + Varint.SizeOf((ulong)number);

    private static int WriteBytes(Span<byte> target, int at, byte tag, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return at;
        target[at++] = tag;
        at += Varint.Write(target[at..], (ulong)bytes.Length);
        bytes.CopyTo(target[at..]);
        return at + bytes.Length;
    }

    private static int WriteNumber(Span<byte> target, int at, byte tag, long number)
    {
        if (number == 0)
            return at;
        target[at++] = tag;
        return at + Varint.Write(target[at..], (ulong)number);
    }
}

namespace Tenet.Wal.Records;

/// <summary>Walks the fields of a protocol buffer message. Malformed bytes end the walk with <see cref="Malformed"/>; nothing throws.</summary>
internal ref struct ProtoFields(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _position;

    /// <summary>The number of the present field.</summary>
    public int Field { get; private set; }

    /// <summary>Whether the present field holds bytes (else it holds a number).</summary>
    public bool HoldsBytes { get; private set; }

    /// <summary>The number in the present field.</summary>
    public ulong Number { get; private set; }

    /// <summary>Where the bytes in the present field begin.</summary>
    public int Start { get; private set; }

    /// <summary>How many there are.</summary>
    public int Length { get; private set; }

    /// <summary>What is wrong, if <see cref="Next"/> ended before the end.</summary>
    public string? Malformed { get; private set; }

    /// <summary>Moves to the next field with a number or bytes; other kinds are passed over.</summary>
    public bool Next()
    {
        while (_position < _bytes.Length)
        {
            if (!TryVarint(out ulong tag))
                return Fail("proto: a field's tag is cut off");
            if (tag >> 3 is 0 or > 0x1fffffff)
                return Fail($"proto: illegal tag {tag}");
            Field = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    HoldsBytes = false;
                    if (!TryVarint(out ulong number))
                        return Fail($"proto: field {Field} holds a number that is cut off or too long");
                    Number = number;
                    return true;
                case 2:
                    HoldsBytes = true;
                    if (!TryVarint(out ulong length) || length > (ulong)(_bytes.Length - _position))
                        return Fail($"proto: field {Field} is longer than its message");
                    Start = _position;
                    Length = (int)length;
                    _position += Length;
                    return true;
                case 1 when _bytes.Length - _position >= 8:
                    _position += 8;
                    break;
                case 5 when _bytes.Length - _position >= 4:
                    _position += 4;
                    break;
                default:
                    return Fail($"proto: illegal wireType {tag & 7}");
            }
        }

        return false;
    }

    private bool Fail(string reason)
    {
        Malformed = reason;
        return false;
    }

    private bool TryVarint(out ulong value)
    {
        value = 0;
        for (int shift = 0; shift < 70 && _position < _bytes.Length; shift += 7)
        {
            byte next = _bytes[_position++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return true;
        }

        return false;
    }
}

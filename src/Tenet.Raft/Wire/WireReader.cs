namespace Tenet.Raft.Wire;

/// <summary>
/// Reads protocol buffer fields out of a span. Whatever the bytes are, it ends with a field, with the end, or with
/// <see cref="RaftWireException"/>.
/// </summary>
internal ref struct WireReader(ReadOnlyMemory<byte> bytes)
{
    private const int GroupDepthMax = 64;

    private readonly ReadOnlyMemory<byte> _bytes = bytes;
    private readonly ReadOnlySpan<byte> _span = bytes.Span;
    private int _position;

    /// <summary>The field number of the field just begun.</summary>
    public int Field { get; private set; }

    /// <summary>The wire type of the field just begun.</summary>
    public int WireType { get; private set; }

    /// <summary>Begins the next field; false at the end.</summary>
    public bool Next()
    {
        if (_position == _span.Length)
            return false;
        ulong tag = Varint();
        if (tag >> 3 is 0 or > 0x1fffffff)
            throw new RaftWireException($"no field has the tag {tag}");
        Field = (int)(tag >> 3);
        WireType = (int)(tag & 7);
        return true;
    }

    /// <summary>The number in the field just begun, or null (and the field is skipped) if it holds none.</summary>
    public ulong? Number()
    {
        if (WireType == 0)
            return Varint();
        Skip();
        return null;
    }

    /// <summary>The bytes in the field just begun, still part of the input, or null (and the field is skipped) if it holds none.</summary>
    public ReadOnlyMemory<byte>? Bytes()
    {
        if (WireType != 2)
        {
            Skip();
            return null;
        }
        int length = Length(Varint());
        ReadOnlyMemory<byte> value = _bytes.Slice(_position, length);
        _position += length;
        return value;
    }

    /// <summary>Adds the numbers of the field just begun to the list, whether it holds one or is packed.</summary>
    public void Numbers(List<ulong> into)
    {
        if (WireType != 2)
        {
            if (Number() is { } number)
                into.Add(number);
            return;
        }
        int end = Length(Varint());
        end += _position;
        while (_position < end)
            into.Add(Varint());
        if (_position != end)
            throw new RaftWireException("a packed list ends inside a number");
    }

    /// <summary>Passes over the field just begun.</summary>
    public void Skip() => Skip(Field, WireType, 0);

    private void Skip(int field, int wireType, int depth)
    {
        switch (wireType)
        {
            case 0:
                Varint();
                break;
            case 1:
                _position += Length(8);
                break;
            case 2:
                int length = Length(Varint());
                _position += length;
                break;
            case 3:
                SkipGroup(field, depth);
                break;
            case 5:
                _position += Length(4);
                break;
            default:
                throw new RaftWireException($"field {field} has the wire type {wireType}");
        }
    }

    private void SkipGroup(int field, int depth)
    {
        if (depth == GroupDepthMax)
            throw new RaftWireException("groups are nested too deeply");
        while (Next())
        {
            if (WireType == 4)
            {
                if (Field != field)
                    throw new RaftWireException($"group {field} is ended by group {Field}");
                return;
            }
            Skip(Field, WireType, depth + 1);
        }
        throw new RaftWireException($"group {field} does not end");
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            if (_position == _span.Length)
                throw new RaftWireException("the bytes end inside a number");
            byte next = _span[_position++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }
        throw new RaftWireException("a number is longer than 10 bytes");
    }

    private readonly int Length(ulong wanted)
    {
        if (wanted > (ulong)(_span.Length - _position))
            throw new RaftWireException($"a field of {wanted} bytes has only {_span.Length - _position} left");
        return (int)wanted;
    }
}

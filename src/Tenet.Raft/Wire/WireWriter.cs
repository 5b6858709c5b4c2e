using System.Numerics;

namespace Tenet.Raft.Wire;

/// <summary>Writes protocol buffer fields into a span that is known to be large enough.</summary>
internal ref struct WireWriter(Span<byte> into)
{
    private readonly Span<byte> _into = into;

    /// <summary>Bytes written so far.</summary>
    public int Position { get; private set; }

    /// <summary>Bytes that a number takes.</summary>
    public static int SizeOf(ulong value) => (BitOperations.Log2(value | 1) + 7) / 7;

    /// <summary>Bytes that a field with a number takes; field numbers are below 16.</summary>
    public static int SizeOfNumber(ulong value) => 1 + SizeOf(value);

    /// <summary>Bytes that a field with so many bytes takes.</summary>
    public static int SizeOfBytes(int length) => 1 + SizeOf((ulong)length) + length;

    /// <summary>A field with a number.</summary>
    public void Number(int field, ulong value)
    {
        Varint((ulong)field << 3);
        Varint(value);
    }

    /// <summary>The start of a field with so many bytes, which the caller writes next.</summary>
    public void Begin(int field, int length)
    {
        Varint((ulong)field << 3 | 2);
        Varint((ulong)length);
    }

    /// <summary>A field with bytes.</summary>
    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        Begin(field, value.Length);
        value.CopyTo(_into[Position..]);
        Position += value.Length;
    }

    private void Varint(ulong value)
    {
        while (value >= 0x80)
        {
            _into[Position++] = (byte)(value | 0x80);
            value >>= 7;
        }
        _into[Position++] = (byte)value;
    }
}

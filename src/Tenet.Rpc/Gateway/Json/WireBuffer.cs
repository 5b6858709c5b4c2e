using System.Buffers;

namespace Tenet.Rpc.Gateway.Json;

/// <summary>A protobuf message in the making. Dispose it to give its memory back.</summary>
internal sealed class WireBuffer : IDisposable
{
    private const int VarintBytesMax = 10;
    private const int LengthDelimited = 2;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(1024);

    /// <summary>How many bytes have been written.</summary>
    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    /// <summary>Room for at least so many bytes; <see cref="Advance"/> tells how many were used.</summary>
    public Span<byte> Room(int bytes)
    {
        if (_bytes.Length - Length < bytes)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(Length + bytes), Length * 2));
            _bytes.AsSpan(0, Length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }

        return _bytes.AsSpan(Length);
    }

    public void Advance(int bytes) => Length += bytes;

    public void WriteNumber(int field, ulong value)
    {
        WriteVarint((ulong)field << 3);
        WriteVarint(value);
    }

    public void WriteBytes(int field, ReadOnlySpan<byte> value)
    {
        WriteVarint(((ulong)field << 3) | LengthDelimited);
        WriteVarint((ulong)value.Length);
        value.CopyTo(Room(value.Length));
        Length += value.Length;
    }

    /// <summary>Begins a field whose length is not known yet.</summary>
    /// <returns>Where its content begins, for <see cref="End"/>.</returns>
    public int Begin(int field)
    {
        WriteVarint(((ulong)field << 3) | LengthDelimited);
        return Length;
    }

    /// <summary>Ends it: the content moves aside for its length.</summary>
    public void End(int start)
    {
        int content = Length - start;
        Span<byte> length = stackalloc byte[VarintBytesMax];
        length = length[..Encode(length, (ulong)content)];
        Room(length.Length);
        _bytes.AsSpan(start, content).CopyTo(_bytes.AsSpan(start + length.Length));
        length.CopyTo(_bytes.AsSpan(start));
        Length += length.Length;
    }

    private void WriteVarint(ulong value) => Length += Encode(Room(VarintBytesMax), value);

    private static int Encode(Span<byte> target, ulong value)
    {
        int at = 0;
        for (; value >= 0x80; value >>= 7)
            target[at++] = (byte)(value | 0x80);
        target[at++] = (byte)value;
        return at;
    }
}

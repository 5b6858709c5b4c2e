using System.Buffers.Binary;

namespace Tenet.Peer.Framing;

/// <summary>Frames that wait to be written, one after the other. Reused from batch to batch; not safe for several threads.</summary>
internal sealed class FrameBuffer
{
    /// <summary>What is kept when a batch was unusually large, in bytes.</summary>
    private const int KeptBytes = 256 * 1024;

    private byte[] _bytes = new byte[16 * 1024];

    /// <summary>Bytes that wait.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes that wait.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    /// <summary>Room for exactly so many bytes, which count as written.</summary>
    public Span<byte> Take(int count)
    {
        if (_bytes.Length - Length < count)
            Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(_bytes.Length * 2L, (long)Length + count)));
        Span<byte> taken = _bytes.AsSpan(Length, count);
        Length += count;
        return taken;
    }

    /// <summary>One byte.</summary>
    public void Byte(byte value) => Take(1)[0] = value;

    /// <summary>A number as eight bytes, the highest first.</summary>
    public void Number(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Take(sizeof(ulong)), value);

    /// <summary>Forgets what was written.</summary>
    public void Clear()
    {
        Length = 0;
        if (_bytes.Length > KeptBytes)
            _bytes = new byte[KeptBytes];
    }
}

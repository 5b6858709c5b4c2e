using System.Buffers;
using System.Buffers.Binary;

namespace Tenet.Protocol.Framing;

/// <summary>
/// gRPC's frame round each message: one flag byte (1: compressed), four bytes of length (big-endian), the message.
/// </summary>
/// <param name="State">What was found; the other members mean something only as far as it says.</param>
/// <param name="Flag">The flag byte.</param>
/// <param name="Length">The length that the header announces, in bytes.</param>
/// <param name="Payload">The message's bytes.</param>
public readonly record struct MessageFrame(FrameState State, byte Flag, uint Length, ReadOnlySequence<byte> Payload)
{
    /// <summary>The size of the header in bytes.</summary>
    public const int HeaderBytes = 5;

    /// <summary>Reads the frame at the head of <paramref name="buffer"/>, refusing messages over <paramref name="bytesMax"/>.</summary>
    public static MessageFrame Read(in ReadOnlySequence<byte> buffer, int bytesMax)
    {
        ReadOnlySpan<byte> first = buffer.FirstSpan;
        if (first.Length < HeaderBytes)
        {
            if (buffer.Length < HeaderBytes)
                return new MessageFrame(FrameState.NeedsHeader, 0, 0, default);
            Span<byte> joined = stackalloc byte[HeaderBytes];
            buffer.Slice(0, HeaderBytes).CopyTo(joined);
            return Read(buffer, joined, bytesMax);
        }
        return Read(buffer, first, bytesMax);
    }

    /// <summary>Writes a header.</summary>
    public static void WriteHeader(Span<byte> output, bool compressed, int length)
    {
        output[0] = compressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(output[1..], length);
    }

    private static MessageFrame Read(in ReadOnlySequence<byte> buffer, ReadOnlySpan<byte> header, int bytesMax)
    {
        uint length = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        if (length > (uint)bytesMax)
            return new MessageFrame(FrameState.TooLarge, header[0], length, default);
        if (buffer.Length - HeaderBytes < length)
            return new MessageFrame(FrameState.NeedsPayload, header[0], length, default);
        return new MessageFrame(FrameState.Complete, header[0], length, buffer.Slice(HeaderBytes, length));
    }
}

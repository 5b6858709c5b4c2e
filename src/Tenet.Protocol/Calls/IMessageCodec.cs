using System.Buffers;

namespace Tenet.Protocol.Calls;

/// <summary>How one message type is read from and written to the wire.</summary>
public interface IMessageCodec<T>
{
    /// <summary>
    /// Decodes a message and keeps no reference to <paramref name="bytes"/>. Throws
    /// <see cref="Google.Protobuf.InvalidProtocolBufferException"/> if the bytes are not one.
    /// </summary>
    T Read(in ReadOnlySequence<byte> bytes);

    /// <summary>The number of bytes that the message takes on the wire.</summary>
    int SizeOf(T message);

    /// <summary>Encodes a message into <paramref name="output"/>, which has exactly <see cref="SizeOf"/> bytes.</summary>
    void Write(T message, Span<byte> output);

    /// <summary>Encodes a message piece by piece: the way of large ones, which then need no contiguous buffer.</summary>
    void Write(T message, IBufferWriter<byte> output);
}

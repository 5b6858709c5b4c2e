using System.Buffers;

namespace Tenet.Protocol.Calls;

/// <summary>How one message type is read from and written to the wire.</summary>
public interface IMessageCodec<T>
{
    /// <summary>Decodes a message. Throws <see cref="Google.Protobuf.InvalidProtocolBufferException"/> if the bytes are not one.</summary>
    T Read(in ReadOnlySequence<byte> bytes);

    /// <summary>Encodes a message.</summary>
    void Write(T message, IBufferWriter<byte> output);
}

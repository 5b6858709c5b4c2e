using System.Buffers;
using Google.Protobuf;

namespace Tenet.Protocol.Calls;

/// <summary>The generated codec of a message type.</summary>
public sealed class ProtobufCodec<T> : IMessageCodec<T>
    where T : class, IMessage<T>, new()
{
    private static readonly MessageParser<T> Parser = new(() => new T());

    /// <summary>The one instance; it holds no state.</summary>
    public static ProtobufCodec<T> Instance { get; } = new();

    /// <inheritdoc/>
    public T Read(in ReadOnlySequence<byte> bytes) => Parser.ParseFrom(bytes);

    /// <inheritdoc/>
    public void Write(T message, IBufferWriter<byte> output) => message.WriteTo(output);
}

using System.Buffers;
using Google.Protobuf;

namespace Tenet.Protocol.Calls;

/// <summary>The generated codec of a message type.</summary>
public sealed class ProtobufCodec<T> : IMessageCodec<T>
    where T : class, IMessage<T>, new()
{
    private static readonly MessageParser<T> Parser = new(static () => new T());

    /// <summary>The one instance; it holds no state.</summary>
    public static ProtobufCodec<T> Instance { get; } = new();

    /// <inheritdoc/>
    public T Read(in ReadOnlySequence<byte> bytes) => Parser.ParseChecked(bytes);

    /// <inheritdoc/>
    public int SizeOf(T message) => message.CalculateSize();

    /// <inheritdoc/>
    public void Write(T message, Span<byte> output) => message.WriteTo(output);

    /// <inheritdoc/>
    public void Write(T message, IBufferWriter<byte> output) => message.WriteTo(output);
}

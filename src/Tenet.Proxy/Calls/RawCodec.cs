using System.Buffers;
using Tenet.Protocol.Calls;

namespace Tenet.Proxy.Calls;

/// <summary>Takes messages as they come.</summary>
internal sealed class RawCodec : IMessageCodec<RawMessage>
{
    public static RawCodec Instance { get; } = new();

    public RawMessage Read(in ReadOnlySequence<byte> bytes) => new(bytes.ToArray());

    public int SizeOf(RawMessage message) => message.Bytes.Length;

    public void Write(RawMessage message, Span<byte> output) => message.Bytes.CopyTo(output);

    public void Write(RawMessage message, IBufferWriter<byte> output) => output.Write(message.Bytes);
}

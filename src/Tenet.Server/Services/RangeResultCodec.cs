using System.Buffers;
using Tenet.Foundation;
using Tenet.Protocol.Calls;
using Tenet.State.Mvcc;

namespace Tenet.Server.Services;

/// <summary>Writes a <see cref="RangeResult"/> as the RangeResponse that it is, from its stored records. A member never reads one.</summary>
internal sealed class RangeResultCodec : IMessageCodec<RangeResult>
{
    public static RangeResultCodec Instance { get; } = new();

    public RangeResult Read(in ReadOnlySequence<byte> bytes) => throw new NotSupportedException("a member only writes range responses");

    public int SizeOf(RangeResult message) => checked((int)message.EncodedLength);

    public void Write(RangeResult message, Span<byte> output)
    {
        var buffer = new ArrayBufferWriter<byte>(output.Length);
        message.WriteTo(buffer);
        Invariant.That(buffer.WrittenCount == output.Length, $"a range response has {buffer.WrittenCount} bytes, not {output.Length}");
        buffer.WrittenSpan.CopyTo(output);
        message.Dispose();
    }

    public void Write(RangeResult message, IBufferWriter<byte> output)
    {
        message.WriteTo(output);
        message.Dispose();
    }
}

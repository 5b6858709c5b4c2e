using System.Buffers;
using Tenet.Protocol.Calls;

namespace Tenet.State.Mvcc;

/// <summary>Sends a <see cref="RangeResult"/> as a RangeStreamResponse around it, and gives its buffers back.</summary>
public sealed class RangeChunkCodec : IMessageCodec<RangeResult>
{
    private const byte RangeResponseTag = 0x0a;

    /// <summary>The one instance; it holds no state.</summary>
    public static RangeChunkCodec Instance { get; } = new();

    /// <summary>Not supported: a member sends such messages and receives none.</summary>
    public RangeResult Read(in ReadOnlySequence<byte> bytes) => throw new NotSupportedException("A member does not receive range responses.");

    /// <inheritdoc/>
    public int SizeOf(RangeResult message)
    {
        int length = message.EncodedLength;
        return 1 + Varint.SizeOf((ulong)length) + length;
    }

    /// <inheritdoc/>
    public void Write(RangeResult message, Span<byte> output)
    {
        int at = RangeResult.WriteTagged(output, 0, RangeResponseTag, (ulong)message.EncodedLength);
        message.WriteTo(output[at..]);
        message.Dispose();
    }

    /// <inheritdoc/>
    public void Write(RangeResult message, IBufferWriter<byte> output)
    {
        RangeResult.WriteTagged(output, RangeResponseTag, (ulong)message.EncodedLength);
        message.WriteTo(output);
        message.Dispose();
    }
}

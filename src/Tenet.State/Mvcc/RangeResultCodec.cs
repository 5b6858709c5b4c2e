using System.Buffers;
using Tenet.Protocol.Calls;

namespace Tenet.State.Mvcc;

/// <summary>Sends a <see cref="RangeResult"/> as the RangeResponse that it is, and gives its buffers back.</summary>
public sealed class RangeResultCodec : IMessageCodec<RangeResult>
{
    /// <summary>The one instance; it holds no state.</summary>
    public static RangeResultCodec Instance { get; } = new();

    /// <summary>Not supported: a member sends such messages and receives none.</summary>
    public RangeResult Read(in ReadOnlySequence<byte> bytes) => throw new NotSupportedException("A member does not receive range responses.");

    /// <inheritdoc/>
    public int SizeOf(RangeResult message) => message.EncodedLength;

    /// <inheritdoc/>
    public void Write(RangeResult message, Span<byte> output)
    {
        message.WriteTo(output);
        message.Dispose();
    }

    /// <inheritdoc/>
    public void Write(RangeResult message, IBufferWriter<byte> output)
    {
        message.WriteTo(output);
        message.Dispose();
    }
}

using System.Buffers;
using Tenet.Protocol.Calls;
using Tenet.State.Mvcc;

namespace Tenet.Server.Services;

/// <summary>Writes a chunk of a streamed range as the RangeStreamResponse around it.</summary>
internal sealed class RangeChunkCodec : IMessageCodec<RangeResult>
{
    private const byte RangeResponseTag = (1 << 3) | 2;
    private const int PrefixBytesMax = 6;

    public static RangeChunkCodec Instance { get; } = new();

    public RangeResult Read(in ReadOnlySequence<byte> bytes) => throw new NotSupportedException("a member only writes range chunks");

    public int SizeOf(RangeResult message)
    {
        int length = RangeResultCodec.Instance.SizeOf(message);
        Span<byte> prefix = stackalloc byte[PrefixBytesMax];
        return WritePrefix(prefix, length) + length;
    }

    public void Write(RangeResult message, Span<byte> output)
    {
        int prefix = WritePrefix(output, RangeResultCodec.Instance.SizeOf(message));
        RangeResultCodec.Instance.Write(message, output[prefix..]);
    }

    public void Write(RangeResult message, IBufferWriter<byte> output)
    {
        output.Advance(WritePrefix(output.GetSpan(PrefixBytesMax), RangeResultCodec.Instance.SizeOf(message)));
        RangeResultCodec.Instance.Write(message, output);
    }

    private static int WritePrefix(Span<byte> target, int length)
    {
        target[0] = RangeResponseTag;
        int at = 1;
        uint rest = (uint)length;
        while (rest >= 0x80)
        {
            target[at++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        target[at++] = (byte)rest;
        return at;
    }
}

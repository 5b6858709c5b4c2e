using System.Buffers.Binary;
using Tenet.Raft;
using Tenet.Raft.Wire;

namespace Tenet.Peer.Framing;

/// <summary>Each message behind its length (contract/consensus.md, 4.4.1).</summary>
internal sealed class MessageFrameWriter : FrameWriter
{
    // A heartbeat from nobody to nobody, in the short form of etcd 3.7.
    private static ReadOnlySpan<byte> LinkHeartbeat => [0, 0, 0, 0, 0, 0, 0, 2, 0x08, 0x08];

    public override void Write(Message message, FrameBuffer buffer) => WriteTo(buffer, message);

    public override void WriteHeartbeat(FrameBuffer buffer) => LinkHeartbeat.CopyTo(buffer.Take(LinkHeartbeat.Length));

    /// <summary>Adds the length and the message.</summary>
    public static void WriteTo(FrameBuffer buffer, Message message)
    {
        int size = RaftCodec.SizeOf(message);
        Span<byte> frame = buffer.Take(sizeof(ulong) + size);
        BinaryPrimitives.WriteUInt64BigEndian(frame, (ulong)size);
        RaftCodec.Write(message, frame[sizeof(ulong)..]);
    }
}

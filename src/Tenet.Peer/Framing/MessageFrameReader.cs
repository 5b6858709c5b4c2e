using Tenet.Raft;
using Tenet.Raft.Wire;

namespace Tenet.Peer.Framing;

/// <summary>Each message behind its length (contract/consensus.md, 4.4.1).</summary>
internal sealed class MessageFrameReader(FrameSource source) : FrameReader
{
    public override async ValueTask<Message?> ReadAsync(CancellationToken cancellation)
    {
        int length = await source.TakeLengthAsync(FrameLimits.StreamFrameBytesMax, cancellation);
        Message message = RaftCodec.ReadMessage(await source.TakeAsync(length, cancellation));
        return message is Heartbeat { From: 0, To: 0 } ? null : message;
    }
}

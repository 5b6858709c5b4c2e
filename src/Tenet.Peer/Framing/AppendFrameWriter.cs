using System.Buffers.Binary;
using Tenet.Raft;
using Tenet.Raft.Wire;

namespace Tenet.Peer.Framing;

/// <summary>
/// Appends that say only what the receiver cannot know: where an append goes on from the one before, entries and commit index are enough
/// (contract/consensus.md, 4.4.2).
/// </summary>
internal sealed class AppendFrameWriter : FrameWriter
{
    private ulong _term;
    private ulong _index;

    public override void WriteHeartbeat(FrameBuffer buffer) => buffer.Byte(AppendFrames.LinkHeartbeat);

    public override void Write(Message message, FrameBuffer buffer)
    {
        var append = (AppendEntries)message;
        if (append.Index == _index && append.LogTerm == _term && append.Term == _term)
            WriteContinuation(append, buffer);
        else
            WriteWhole(append, buffer);
        _index += (ulong)append.Entries.Count;
    }

    private static void WriteContinuation(AppendEntries append, FrameBuffer buffer)
    {
        buffer.Byte(AppendFrames.Continuation);
        buffer.Number((ulong)append.Entries.Count);
        for (int i = 0; i < append.Entries.Count; i++)
        {
            Entry entry = append.Entries[i];
            int size = RaftCodec.SizeOf(entry);
            Span<byte> frame = buffer.Take(sizeof(ulong) + size);
            BinaryPrimitives.WriteUInt64BigEndian(frame, (ulong)size);
            RaftCodec.Write(entry, frame[sizeof(ulong)..]);
        }
        buffer.Number(append.Commit);
    }

    private void WriteWhole(AppendEntries append, FrameBuffer buffer)
    {
        buffer.Byte(AppendFrames.Whole);
        MessageFrameWriter.WriteTo(buffer, append);
        _term = append.Term;
        _index = append.Index;
    }
}

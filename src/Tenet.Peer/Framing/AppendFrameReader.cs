using Tenet.Raft;
using Tenet.Raft.Wire;

namespace Tenet.Peer.Framing;

/// <summary>Appends as <see cref="AppendFrameWriter"/> writes them; both ends keep term and index of the last one.</summary>
internal sealed class AppendFrameReader(FrameSource source, ulong local, ulong remote) : FrameReader
{
    private ulong _term;
    private ulong _index;

    public override async ValueTask<Message?> ReadAsync(CancellationToken cancellation)
    {
        byte type = await source.TakeByteAsync(cancellation);
        return type switch
        {
            AppendFrames.LinkHeartbeat => null,
            AppendFrames.Continuation => await ReadContinuationAsync(cancellation),
            AppendFrames.Whole => await ReadWholeAsync(cancellation),
            _ => throw new FrameException($"failed to parse type {type} in msgappv2 stream"),
        };
    }

    private async ValueTask<Message> ReadContinuationAsync(CancellationToken cancellation)
    {
        ulong count = await source.TakeNumberAsync(cancellation);
        long room = FrameLimits.StreamFrameBytesMax;
        // The list grows with what arrives: the count is only a claim.
        List<Entry> entries = new((int)Math.Min(count, 1024));
        ulong first = _index;
        for (ulong i = 0; i < count; i++)
        {
            int length = await source.TakeLengthAsync(room, cancellation);
            room -= sizeof(ulong) + length;
            Entry entry = RaftCodec.ReadEntry(await source.TakeAsync(length, cancellation));
            if (entry.Index != ++_index)
                throw new FrameException($"entry {entry.Index} came in place of {_index}");
            entries.Add(entry);
        }
        ulong commit = await source.TakeNumberAsync(cancellation);
        return new AppendEntries(local, remote, _term, _term, first, entries, commit);
    }

    private async ValueTask<Message> ReadWholeAsync(CancellationToken cancellation)
    {
        int length = await source.TakeLengthAsync(FrameLimits.StreamFrameBytesMax, cancellation);
        Message message = RaftCodec.ReadMessage(await source.TakeAsync(length, cancellation));
        if (message is not AppendEntries append)
            throw new FrameException($"{message.Type} came on the msgappv2 stream");
        _term = append.Term;
        _index = append.Index + (ulong)append.Entries.Count;
        return append;
    }
}

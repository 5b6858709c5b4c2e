using Tenet.Raft;

namespace Tenet.Server.Loops;

/// <summary>How much of the log is in memory, so that what is kept for slow followers is bounded in entries and in bytes.</summary>
internal sealed class LogTail(ulong entriesMax, long bytesMax)
{
    private readonly Queue<(ulong Last, long Bytes)> _batches = new();
    private long _bytes;

    public void Appended(IReadOnlyList<Entry> entries)
    {
        long bytes = 0;
        for (int i = 0; i < entries.Count; i++)
            bytes += entries[i].Data.Length;
        _batches.Enqueue((entries[^1].Index, bytes));
        _bytes += bytes;
    }

    /// <summary>Up to where entries may go once everything up to <paramref name="applied"/> is in a snapshot; 0 if none may.</summary>
    public ulong CompactionIndex(ulong applied)
    {
        ulong index = applied > entriesMax ? applied - entriesMax : 0;
        long left = _bytes;
        foreach ((ulong last, long bytes) in _batches)
        {
            if (left <= bytesMax || last >= applied)
                break;
            left -= bytes;
            index = Math.Max(index, last);
        }

        return index;
    }

    public void Compacted(ulong index)
    {
        while (_batches.TryPeek(out (ulong Last, long Bytes) oldest) && oldest.Last <= index)
            _bytes -= _batches.Dequeue().Bytes;
    }
}

using Tenet.Raft;

namespace Tenet.Server.Loops;

/// <summary>How much of the log is in memory, so that what is kept for slow followers is bounded in entries and in bytes.</summary>
internal sealed class LogTail(ulong entriesMax, long bytesMax)
{
    /// <summary>For followers that are being sent a snapshot more is kept: with less they would need the next one at once, and so on.</summary>
    private const int BytesFactor = 8;

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
    /// <param name="applied">The last index that a snapshot stands for.</param>
    /// <param name="neededAfter">Entries after this index are needed by followers with a snapshot under way; the largest number for none.</param>
    public ulong CompactionIndex(ulong applied, ulong neededAfter = ulong.MaxValue)
    {
        ulong index = Math.Min(applied > entriesMax ? applied - entriesMax : 0, neededAfter);
        long most = neededAfter < applied ? bytesMax * BytesFactor : bytesMax;
        long left = _bytes;
        foreach ((ulong last, long bytes) in _batches)
        {
            if (left <= most || last >= applied)
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

    /// <summary>A leader's snapshot has taken the place of everything.</summary>
    public void Clear()
    {
        _batches.Clear();
        _bytes = 0;
    }
}

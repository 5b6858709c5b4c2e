namespace Tenet.State.Mvcc;

/// <summary>A set of keys, as intervals that do not touch, in order.</summary>
internal sealed class KeyIntervals
{
    private readonly List<(ReadOnlyMemory<byte> Start, ReadOnlyMemory<byte> End)> _intervals = [];

    /// <summary>
    /// Adds the keys of a request's range. An end that is not behind the start adds nothing, and so does the single zero byte that means
    /// "without end": etcd takes it literally here.
    /// </summary>
    public void Add(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> rangeEnd)
    {
        if (rangeEnd.IsEmpty)
            AddInterval(key, (byte[])[.. key.Span, 0]);
        else if (key.Span.SequenceCompareTo(rangeEnd.Span) < 0)
            AddInterval(key, rangeEnd);
    }

    public void AddAll(KeyIntervals other)
    {
        foreach ((ReadOnlyMemory<byte> start, ReadOnlyMemory<byte> end) in other._intervals)
            AddInterval(start, end);
    }

    public bool Contains(ReadOnlySpan<byte> key)
    {
        int index = FirstEndingAfter(key, orAt: false);
        return index < _intervals.Count && _intervals[index].Start.Span.SequenceCompareTo(key) <= 0;
    }

    private void AddInterval(ReadOnlyMemory<byte> start, ReadOnlyMemory<byte> end)
    {
        int index = FirstEndingAfter(start.Span, orAt: true);
        int joined = index;
        for (; joined < _intervals.Count && _intervals[joined].Start.Span.SequenceCompareTo(end.Span) <= 0; joined++)
        {
            if (_intervals[joined].Start.Span.SequenceCompareTo(start.Span) < 0)
                start = _intervals[joined].Start;
            if (_intervals[joined].End.Span.SequenceCompareTo(end.Span) > 0)
                end = _intervals[joined].End;
        }

        _intervals.RemoveRange(index, joined - index);
        _intervals.Insert(index, (start, end));
    }

    private int FirstEndingAfter(ReadOnlySpan<byte> key, bool orAt)
    {
        int low = 0;
        int high = _intervals.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            int order = _intervals[middle].End.Span.SequenceCompareTo(key);
            if (order > 0 || (orAt && order == 0))
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }
}

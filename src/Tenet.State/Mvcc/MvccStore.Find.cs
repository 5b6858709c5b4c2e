using Tenet.Protocol.Errors;
using Tenet.State.Mvcc.Index;

namespace Tenet.State.Mvcc;

/// <content>Questions to the index.</content>
public sealed partial class MvccStore
{
    /// <summary>Finds keys of a range at a revision. Any thread.</summary>
    internal EtcdError? Find(in RangeQuery query, RangeFindings findings)
    {
        var walk = new Walk { Index = _index, Start = query.Range.Start };
        _indexLock.EnterReadLock();
        try
        {
            if (Begin(query, findings, ref walk) is { } error)
                return error;
            if (walk.IsDone)
                return null;
            TakeSlice(query, findings, ref walk);
            if (!walk.IsDone)
                _pins.Add(walk.At);
        }
        finally
        {
            _indexLock.ExitReadLock();
        }

        if (!walk.IsDone)
            TakeRemainingSlices(query, findings, ref walk);
        return null;
    }

    private EtcdError? Begin(in RangeQuery query, RangeFindings findings, ref Walk walk)
    {
        long current = query.View?.CurrentRevision ?? (query.CurrentRevision != 0 ? query.CurrentRevision : _currentRevision);
        walk.Index = query.View?.Index ?? _index;
        walk.At = query.Revision <= 0 ? current : query.Revision;
        if (walk.At > current)
            return EtcdErrors.FutureRevision;
        if (walk.At < (query.View?.CompactRevision ?? _compactRevision))
            return EtcdErrors.Compacted;
        findings.CurrentRevision = current;
        if (query.CountAll || query.CountOnly)
            findings.Total = CountNow(walk.Index, query.Range, walk.At);
        walk.Counts = findings.Total < 0 && (query.CountAll || query.CountOnly);
        walk.IsDone = query.CountOnly && !walk.Counts;
        if (!query.CountOnly)
        {
            findings.Read = query.View?.Read ?? _backend.OpenRead();
            findings.SharesRead = query.View != null;
        }

        if (walk.Counts)
            findings.Total = 0;
        if (!walk.IsDone && query.Range.IsSingle)
        {
            if (walk.Index.TryGet(query.Range.Start, walk.At, out KeyVersion version))
                Visit(query, findings, ref walk, version, query.Range.Start);
            walk.IsDone = true;
        }

        walk.IsDone |= query.Range.IsEmpty;
        return null;
    }

    // Counts without walking where the index's own counts are those of the revision; −1 where they are not.
    private long CountNow(KeyIndex index, KeyRange range, long at)
    {
        if (index.LatestRevision <= at)
            return index.CountLive(range);
        if (at != _currentRevision || index != _index)
            return -1;
        long count = index.CountLive(range);
        foreach ((ReadOnlyMemory<byte> key, int change) in _unpublished)
        {
            if (range.Contains(key.Span))
                count -= change;
        }

        return count;
    }

    private void TakeRemainingSlices(in RangeQuery query, RangeFindings findings, ref Walk walk)
    {
        try
        {
            while (!walk.IsDone)
            {
                _indexLock.EnterReadLock();
                try
                {
                    TakeSlice(query, findings, ref walk);
                }
                finally
                {
                    _indexLock.ExitReadLock();
                }
            }
        }
        finally
        {
            _pins.Remove(walk.At);
        }
    }

    private static void TakeSlice(in RangeQuery query, RangeFindings findings, ref Walk walk)
    {
        IndexCursor cursor = walk.Index.Scan(query.Range.From(walk.Start));
        for (int visited = 0; cursor.MoveNext(); visited++)
        {
            if (visited == SliceKeys)
            {
                walk.Start = cursor.Key.ToArray();
                return;
            }

            if (!cursor.Entry.TryGet(walk.At, out KeyVersion version))
                continue;
            Visit(query, findings, ref walk, version, cursor.Key);
            if (walk.IsDone)
                return;
        }

        walk.IsDone = true;
    }

    private static void Visit(in RangeQuery query, RangeFindings findings, ref Walk walk, in KeyVersion version, ReadOnlySpan<byte> key)
    {
        if (walk.Counts)
            findings.Total++;
        if (!query.CountOnly && (query.Limit == 0 || findings.Count < query.Limit) && query.Accepts(version))
            findings.Add(version, key, query.WithDetails, query.WithKeys);
        walk.IsDone = !walk.Counts && query.Limit > 0 && findings.Count >= query.Limit;
    }

    private ref struct Walk
    {
        public KeyIndex Index;
        public ReadOnlySpan<byte> Start;
        public long At;
        public bool Counts;
        public bool IsDone;
    }
}

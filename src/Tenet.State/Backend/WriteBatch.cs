using System.Collections.Immutable;
using Tenet.Foundation;

namespace Tenet.State.Backends;

/// <summary>
/// The open batch. Bucket <c>key</c> grows in ascending order and is never overwritten, so a log serves it, and readers share the log
/// without copies; the other buckets change rarely and are kept in immutable maps.
/// </summary>
internal sealed class WriteBatch
{
    private static readonly Comparer<byte[]> ByBytes = Comparer<byte[]>.Create((left, right) => left.AsSpan().SequenceCompareTo(right));
    private static readonly ImmutableSortedDictionary<byte[], byte[]?> NoChanges = ImmutableSortedDictionary.Create<byte[], byte[]?>(ByBytes);

    private LogRecord[] _log = [];
    private int _logCount;
    private StoredRevision[] _deleted = [];
    private ImmutableSortedDictionary<byte[], byte[]?>?[] _others = new ImmutableSortedDictionary<byte[], byte[]?>?[BucketNames.Count];

    /// <summary>Puts and deletes so far.</summary>
    public int Operations { get; private set; }

    /// <summary>Bytes of keys and values so far.</summary>
    public long Bytes { get; private set; }

    public BatchView View() => new(_log, _logCount, _deleted, _others);

    public void Append(StoredRevision key, ReadOnlyMemory<byte> value)
    {
        Invariant.That(_logCount == 0 || key.Revision > _log[_logCount - 1].Key.Revision, $"revision {key.Revision} is written out of order");
        if (_logCount == _log.Length)
            Array.Resize(ref _log, Math.Max(64, _logCount * 2));
        _log[_logCount++] = new LogRecord(key, value);
        Count(1, key.KeyLength + value.Length);
    }

    /// <summary>Deletes records of bucket <c>key</c>, given in ascending order.</summary>
    public void Delete(ReadOnlySpan<StoredRevision> keys)
    {
        var merged = new StoredRevision[_deleted.Length + keys.Length];
        _deleted.CopyTo(merged, 0);
        keys.CopyTo(merged.AsSpan(_deleted.Length));
        if (_deleted.Length > 0 && keys.Length > 0 && keys[0].CompareTo(_deleted[^1]) < 0)
            Array.Sort(merged);
        _deleted = merged;
        Count(keys.Length, keys.Length * (long)Mvcc.Revision.TombstoneKeyLength);
    }

    /// <summary>Puts a record (or deletes it: null) in a bucket other than <c>key</c>.</summary>
    public void Set(Bucket bucket, byte[] key, byte[]? value)
    {
        // A new array each time: views that were handed out keep theirs.
        var others = (ImmutableSortedDictionary<byte[], byte[]?>?[])_others.Clone();
        others[(int)bucket] = (others[(int)bucket] ?? NoChanges).SetItem(key, value);
        _others = others;
        Count(1, key.Length + (value?.Length ?? 0));
    }

    private void Count(int operations, long bytes)
    {
        Operations += operations;
        Bytes += bytes;
    }
}

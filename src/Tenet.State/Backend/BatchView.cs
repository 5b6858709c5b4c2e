using System.Collections.Immutable;
using Tenet.State.Mvcc;

namespace Tenet.State.Backends;

/// <summary>What a batch held when it was looked at. Later writes to the batch do not change it.</summary>
/// <param name="log">Records of bucket <c>key</c>, ascending; the array may be longer and still grow behind <paramref name="logCount"/>.</param>
/// <param name="logCount">How many of them belong to the view.</param>
/// <param name="deleted">Records of bucket <c>key</c> that were deleted, ascending.</param>
/// <param name="others">Changes of the other buckets by bucket, null where there are none; a null value is a deletion.</param>
internal readonly struct BatchView(
    LogRecord[] log, int logCount, StoredRevision[] deleted, ImmutableSortedDictionary<byte[], byte[]?>?[] others)
{
    private static readonly ImmutableSortedDictionary<byte[], byte[]?>?[] NoOthers = new ImmutableSortedDictionary<byte[], byte[]?>?[BucketNames.Count];

    public static BatchView Empty => new([], 0, [], NoOthers);

    public ReadOnlySpan<LogRecord> Log => log.AsSpan(0, logCount);

    public StoredRevision[] Deleted => deleted;

    public ImmutableSortedDictionary<byte[], byte[]?>? Changes(Bucket bucket) => others[(int)bucket];

    public LogRecord LogAt(int index) => log[index];

    public int LogCount => logCount;

    /// <summary>The place of the first logged record that is not before a revision.</summary>
    public int LogLowerBound(Revision revision)
    {
        int low = 0;
        int high = logCount;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (log[middle].Key.Revision < revision)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    public bool TryGetLogged(Revision revision, out ReadOnlyMemory<byte> value)
    {
        value = default;
        if (logCount == 0 || revision < log[0].Key.Revision)
            return false;
        int index = LogLowerBound(revision);
        if (index == logCount || log[index].Key.Revision != revision)
            return false;
        value = log[index].Value;
        return true;
    }

    public bool Deletes(Revision revision) =>
        deleted.Length > 0 && Array.BinarySearch(deleted, new StoredRevision(revision, IsTombstone: false)) >= 0;
}

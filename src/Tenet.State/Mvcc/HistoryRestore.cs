using System.Buffers.Binary;
using Tenet.Foundation;
using Tenet.State.Backends;
using Tenet.State.Mvcc.Index;

namespace Tenet.State.Mvcc;

/// <summary>
/// Rebuilds the key index from stored history (contract/storage.md, 6.4). Revision ranges are decoded and sorted by key side by side, while
/// the ranges before them go into the index: in key order, because neighbours in the index are neighbours in memory.
/// </summary>
internal sealed class HistoryRestore(Backend backend, IParallelRunner runner)
{
    private const int RecordsPerPart = 16 * 1024;
    private readonly SortedDictionary<byte[], long> _leases = new(Comparer<byte[]>.Create((left, right) => left.AsSpan().SequenceCompareTo(right)));

    public KeyIndex Index { get; } = new();

    public long CurrentRevision { get; private set; }

    /// <summary>The last finished compaction; −1 if there was none.</summary>
    public long FinishedCompaction { get; private set; } = -1;

    /// <summary>The last accepted compaction; −1 if there was none.</summary>
    public long ScheduledCompaction { get; private set; } = -1;

    public void Run()
    {
        using BackendRead read = backend.OpenRead();
        FinishedCompaction = ReadMetaRevision(read, MetaKeys.FinishedCompactRevision);
        ScheduledCompaction = ReadMetaRevision(read, MetaKeys.ScheduledCompactRevision);
        long last = RestoreRecords(FirstRevision(read));

        // The scheduled compaction counts too: if the newest record was a deletion that got compacted, nothing else remembers the revision.
        CurrentRevision = Math.Max(Math.Max(1, last), Math.Max(FinishedCompaction, ScheduledCompaction));
    }

    /// <summary>Attaches keys to their leases. A lease that is gone is passed over: its keys go with its revocation.</summary>
    public void AttachLeases(ILeaseAttachments leases)
    {
        foreach ((byte[] key, long lease) in _leases)
            leases.Attach(lease, key);
    }

    private static long FirstRevision(BackendRead read)
    {
        var start = new byte[Revision.KeyLength];
        new Revision(1, 0).Write(start);
        BackendCursor cursor = read.Scan(Bucket.Key, start);
        return cursor.MoveNext() && cursor.Key.Length >= sizeof(long) ? BinaryPrimitives.ReadInt64BigEndian(cursor.Key) : long.MaxValue;
    }

    // The next parts are decoded while the last ones are indexed. How wide a part is, in revisions, follows from how many records the parts
    // before it held; revisions that compaction emptied cost next to nothing.
    private long RestoreRecords(long next)
    {
        int parallelism = Math.Max(1, runner.Parallelism);
        RestorePart[] decoded = [];
        long last = 0;
        long width = RecordsPerPart;
        while (next < long.MaxValue || decoded.Length > 0)
        {
            RestorePart[] indexing = decoded;
            var parts = new RestorePart[next < long.MaxValue ? parallelism : 0];
            for (int i = 0; i < parts.Length; i++)
            {
                long end = next > long.MaxValue - width ? long.MaxValue : next + width;
                parts[i] = new RestorePart(next, end);
                next = end;
            }

            runner.Run(parts.Length + 1, job =>
            {
                if (job == 0)
                    AddToIndex(indexing);
                else
                    parts[job - 1].Decode(backend);
            });
            decoded = parts;
            if (parts.Length == 0)
                break;
            foreach (RestorePart part in parts)
                last = Math.Max(last, part.LastRevision);
            if (parts[^1].ReachedEnd)
                next = long.MaxValue;
            width = NextWidth(width, parts);
        }

        return last;
    }

    private static long NextWidth(long width, RestorePart[] parts)
    {
        long records = 0;
        foreach (RestorePart part in parts)
            records += part.Count;
        long average = records / parts.Length;
        if (average < RecordsPerPart / 2)
            return Math.Min(width, long.MaxValue / 4) * 2;
        return average > RecordsPerPart * 2 ? Math.Max(1, width / 2) : width;
    }

    private void AddToIndex(RestorePart[] parts)
    {
        foreach (RestorePart part in parts)
        {
            for (int i = 0; i < part.Count; i++)
            {
                ref readonly RestoredRecord record = ref part.InKeyOrder(i);
                ReadOnlySpan<byte> key = part.KeyOf(record);
                Index.Restore(key, record.Revision, record.IsTombstone, record.CreateRevision, record.Version);
                if (record.Lease != 0 && !record.IsTombstone)
                    _leases[key.ToArray()] = record.Lease;
                else if (_leases.Count > 0)
                    _leases.Remove(key.ToArray());
            }

            part.Release();
        }
    }

    private long ReadMetaRevision(BackendRead read, ReadOnlySpan<byte> key)
    {
        if (!read.TryGet(Bucket.Meta, key, out ReadOnlySpan<byte> stored))
            return -1;
        return Revision.TryRead(stored, out Revision revision, out _)
            ? revision.Main
            : throw new CorruptionException(backend.Path, 0, $"a revision at meta/{System.Text.Encoding.ASCII.GetString(key)}", Convert.ToHexString(stored));
    }
}

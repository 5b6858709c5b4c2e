using System.Buffers;
using Tenet.Foundation;
using Tenet.State.Backends;

namespace Tenet.State.Mvcc;

/// <summary>The records of a stretch of revisions, decoded and in key order.</summary>
/// <param name="from">The first revision.</param>
/// <param name="end">The revision behind the last; the largest number takes all.</param>
internal sealed class RestorePart(long from, long end)
{
    private readonly List<RestoredRecord> _records = [];
    private RestoredRecord[] _sorted = [];
    private byte[] _keys = ArrayPool<byte>.Shared.Rent(64 * 1024);
    private int _keysEnd;

    public int Count => _sorted.Length;

    /// <summary>The revision of the last record; 0 if there is none.</summary>
    public long LastRevision { get; private set; }

    /// <summary>No record lies behind the stretch.</summary>
    public bool ReachedEnd { get; private set; }

    public ref readonly RestoredRecord InKeyOrder(int index) => ref _sorted[index];

    public ReadOnlySpan<byte> KeyOf(in RestoredRecord record) => _keys.AsSpan(record.KeyOffset, record.KeyLength);

    public void Decode(Backend backend)
    {
        using BackendRead read = backend.OpenRead();
        var start = new byte[Revision.KeyLength];
        new Revision(from, 0).Write(start);
        BackendCursor cursor = read.Scan(Bucket.Key, start);
        ReachedEnd = true;
        while (cursor.MoveNext())
        {
            if (!Revision.TryRead(cursor.Key, out Revision revision, out bool tombstone) || revision.Sub > int.MaxValue)
                throw new CorruptionException(backend.Path, 0, "a revision as key in bucket key", Convert.ToHexString(cursor.Key));
            if (revision.Main >= end)
            {
                ReachedEnd = false;
                break;
            }

            if (!KeyValueRecord.TryRead(cursor.Value, out KeyValueFields fields))
                throw new CorruptionException(backend.Path, 0, $"a key-value at revision {revision.Main}_{revision.Sub}", "bytes that are none");
            _records.Add(new RestoredRecord(
                revision, tombstone, fields.CreateRevision, fields.Version, fields.Lease, AddKey(fields.Key), fields.Key.Length));
            LastRevision = revision.Main;
        }

        _sorted = [.. _records];
        _records.Clear();
        byte[] keys = _keys;
        Array.Sort(_sorted, (left, right) =>
        {
            int order = keys.AsSpan(left.KeyOffset, left.KeyLength).SequenceCompareTo(keys.AsSpan(right.KeyOffset, right.KeyLength));
            return order != 0 ? order : left.Revision.CompareTo(right.Revision);
        });
    }

    public void Release()
    {
        ArrayPool<byte>.Shared.Return(_keys);
        (_keys, _sorted) = ([], []);
    }

    private int AddKey(ReadOnlySpan<byte> key)
    {
        if (_keys.Length - _keysEnd < key.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(checked(Math.Max(_keysEnd * 2, _keysEnd + key.Length)));
            _keys.AsSpan(0, _keysEnd).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_keys);
            _keys = larger;
        }

        key.CopyTo(_keys.AsSpan(_keysEnd));
        int offset = _keysEnd;
        _keysEnd += key.Length;
        return offset;
    }
}

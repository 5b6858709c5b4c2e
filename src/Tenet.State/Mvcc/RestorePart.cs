using System.Buffers;
using Tenet.Foundation;
using Tenet.State.Backends;

namespace Tenet.State.Mvcc;

/// <summary>The records of a stretch of revisions, decoded and in key order.</summary>
/// <param name="from">The first revision.</param>
/// <param name="end">The revision behind the last; the largest number takes all.</param>
internal sealed class RestorePart(long from, long end)
{
    private RestoredRecord[] _records = new RestoredRecord[1024];
    private int _recordsEnd;
    private int[] _order = [];
    private byte[] _keys = ArrayPool<byte>.Shared.Rent(64 * 1024);
    private int _keysEnd;

    public int Count => _order.Length;

    /// <summary>The revision of the last record; 0 if there is none.</summary>
    public long LastRevision { get; private set; }

    /// <summary>No record lies behind the stretch.</summary>
    public bool ReachedEnd { get; private set; }

    public ref readonly RestoredRecord InKeyOrder(int index) => ref _records[_order[index]];

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
            if (_recordsEnd == _records.Length)
                Array.Resize(ref _records, _recordsEnd * 2);
            _records[_recordsEnd++] = new RestoredRecord(
                revision, tombstone, fields.CreateRevision, fields.Version, fields.Lease, AddKey(fields.Key), fields.Key.Length);
            LastRevision = revision.Main;
        }

        SortByKey();
    }

    public void Release()
    {
        ArrayPool<byte>.Shared.Return(_keys);
        (_keys, _order, _records) = ([], [], []);
    }

    // Records come in the order of their revisions, so a record's place decides between those of one key.
    private void SortByKey()
    {
        RestoredRecord[] records = _records;
        byte[] keys = _keys;
        _order = new int[_recordsEnd];
        for (int i = 0; i < _order.Length; i++)
            _order[i] = i;
        Array.Sort(_order, (left, right) =>
        {
            ref readonly RestoredRecord first = ref records[left];
            ref readonly RestoredRecord second = ref records[right];
            int order = keys.AsSpan(first.KeyOffset, first.KeyLength).SequenceCompareTo(keys.AsSpan(second.KeyOffset, second.KeyLength));
            return order != 0 ? order : left.CompareTo(right);
        });
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

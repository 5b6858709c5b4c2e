using System.Buffers;
using Tenet.State.Backends;
using Tenet.State.Mvcc.Index;

namespace Tenet.State.Mvcc;

/// <summary>What the index held for a query, in pooled arrays, and the view of the backend in which the records are.</summary>
internal sealed class RangeFindings : IDisposable
{
    private PackedRevision[] _revisions = [];
    private Details[] _details = [];
    private byte[] _keys = [];
    private int _keysEnd;

    /// <summary>The store's revision when it was looked at.</summary>
    public long CurrentRevision { get; set; }

    /// <summary>How many keys were found.</summary>
    public int Count { get; private set; }

    /// <summary>Keys in the range, whatever limit and filters left; -1 if not asked for.</summary>
    public long Total { get; set; } = -1;

    /// <summary>Where the records are; null for a count.</summary>
    public BackendRead? Read { get; set; }

    /// <summary>The read is the query's view's, which outlives the findings.</summary>
    public bool SharesRead { get; set; }

    public Revision RevisionAt(int index) => _revisions[index].Unpack();

    public ref readonly Details DetailsAt(int index) => ref _details[index];

    public ReadOnlySpan<byte> KeyAt(int index) => _keys.AsSpan(_details[index].KeyOffset, _details[index].KeyLength);

    public void Add(in KeyVersion version, ReadOnlySpan<byte> key, bool withDetails, bool withKey)
    {
        if (Count == _revisions.Length)
            Grow(ref _revisions, Count + 1, Count);
        _revisions[Count] = new PackedRevision(version.Modified);
        if (withDetails || withKey)
        {
            if (Count >= _details.Length)
                Grow(ref _details, Count + 1, Count);
            int offset = _keysEnd;
            if (withKey)
            {
                if (_keys.Length - _keysEnd < key.Length)
                    Grow(ref _keys, checked(_keysEnd + key.Length), _keysEnd);
                key.CopyTo(_keys.AsSpan(_keysEnd));
                _keysEnd += key.Length;
            }

            _details[Count] = new Details(version.CreateRevision, version.Version, offset, withKey ? key.Length : 0);
        }

        Count++;
    }

    public void Dispose()
    {
        if (!SharesRead)
            Read?.Dispose();
        Return(ref _revisions);
        Return(ref _details);
        Return(ref _keys);
    }

    private static void Grow<T>(ref T[] array, int needed, int used)
    {
        T[] larger = ArrayPool<T>.Shared.Rent(Math.Max(needed, Math.Max(16, (int)Math.Min(used * 2L, Array.MaxLength))));
        array.AsSpan(0, used).CopyTo(larger);
        Return(ref array);
        array = larger;
    }

    private static void Return<T>(ref T[] array)
    {
        if (array.Length > 0)
            ArrayPool<T>.Shared.Return(array);
        array = [];
    }

    internal readonly record struct Details(long CreateRevision, long Version, int KeyOffset, int KeyLength);
}

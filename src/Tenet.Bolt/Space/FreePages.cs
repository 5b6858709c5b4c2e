using System.Numerics;
using Tenet.Foundation;

namespace Tenet.Bolt.Space;

/// <summary>
/// The pages that may be used again, as a bitmap: 32 KiB for each GiB of 4 KiB pages, no matter how torn the free space is. Allocation
/// takes the lowest run that fits.
/// </summary>
internal sealed class FreePages
{
    private const int WordBits = 64;
    private const int HintsMax = 64;

    private ulong[] _words = [];

    /// <summary>
    /// For each run length, a page below which no such run begins. Between two releases pages are only taken away, so the searches of one
    /// transaction for one length pass over the bitmap once altogether.
    /// </summary>
    private readonly long[] _searchFrom = new long[HintsMax + 1];

    /// <summary>Number of free pages.</summary>
    public long Count { get; private set; }

    public void Add(ulong start, uint count)
    {
        Reserve(start + count);
        for (ulong page = start; page < start + count; page++)
        {
            ref ulong word = ref _words[page / WordBits];
            ulong bit = 1UL << (int)(page % WordBits);
            Invariant.That((word & bit) == 0, $"page {page} is freed a second time");
            word |= bit;
        }

        Count += count;
        Array.Clear(_searchFrom);
    }

    public bool Contains(ulong page) =>
        page / WordBits < (ulong)_words.Length && (_words[page / WordBits] & (1UL << (int)(page % WordBits))) != 0;

    /// <summary>Takes the lowest run of this many pages.</summary>
    /// <returns>Its first page, or 0 if there is none.</returns>
    public ulong Take(uint count)
    {
        int hint = (int)Math.Min(count, HintsMax);
        long from = 0;
        // Where no shorter run begins, no longer one does.
        for (int length = 1; length <= hint; length++)
            from = Math.Max(from, _searchFrom[length]);

        long start = FindRun(from, count);
        if (count <= HintsMax)
            _searchFrom[count] = start < 0 ? (long)_words.Length * WordBits : start;
        if (start < 0)
            return 0;
        Remove((ulong)start, count);
        return (ulong)start;
    }

    /// <summary>A copy, to which pages may be added.</summary>
    public FreePages Clone()
    {
        var copy = new FreePages { _words = (ulong[])_words.Clone(), Count = Count };
        return copy;
    }

    /// <summary>All page ids, ascending.</summary>
    public ulong[] ToArray()
    {
        ulong[] ids = new ulong[Count];
        int next = 0;
        for (int i = 0; i < _words.Length; i++)
        {
            for (ulong word = _words[i]; word != 0; word &= word - 1)
                ids[next++] = (ulong)i * WordBits + (ulong)BitOperations.TrailingZeroCount(word);
        }

        return ids;
    }

    private void Remove(ulong start, uint count)
    {
        for (ulong page = start; page < start + count; page++)
            _words[page / WordBits] &= ~(1UL << (int)(page % WordBits));
        Count -= count;
    }

    private long FindRun(long from, uint count)
    {
        long start = NextSet(from);
        while (start >= 0)
        {
            long end = NextClear(start + 1, start + count);
            if (end - start >= count)
                return start;
            start = NextSet(end + 1);
        }

        return -1;
    }

    private long NextSet(long from)
    {
        long index = from / WordBits;
        if (index >= _words.Length)
            return -1;
        ulong word = _words[index] & (ulong.MaxValue << (int)(from % WordBits));
        while (word == 0)
        {
            if (++index >= _words.Length)
                return -1;
            word = _words[index];
        }

        return index * WordBits + BitOperations.TrailingZeroCount(word);
    }

    /// <summary>The first page at or above <paramref name="from"/> that is not free, or <paramref name="limit"/> if that comes first.</summary>
    private long NextClear(long from, long limit)
    {
        long page = from;
        while (page < limit && Contains((ulong)page))
            page++;
        return page;
    }

    private void Reserve(ulong pages)
    {
        int words = checked((int)((pages + WordBits - 1) / WordBits));
        if (words > _words.Length)
            Array.Resize(ref _words, Math.Max(words, _words.Length * 2));
    }
}

namespace Tenet.State.Mvcc.Index;

/// <summary>
/// The revisions of a key before its newest one, oldest first, and where generations end among them. Only keys that were changed since
/// the last compaction have one.
/// </summary>
internal sealed class KeyHistory
{
    private PackedRevision[] _revisions;
    private EndedGeneration[] _ended = [];
    private int _endedCount;

    public KeyHistory() => _revisions = new PackedRevision[2];

    /// <summary>How many revisions it holds.</summary>
    public int Count { get; private set; }

    /// <summary>How many generations ended within it.</summary>
    public int EndedCount => _endedCount;

    /// <summary>Where the revisions of the newest generation begin.</summary>
    public int NewestStart => _endedCount == 0 ? 0 : _ended[_endedCount - 1].End;

    public PackedRevision this[int index] => _revisions[index];

    public ref readonly EndedGeneration Ended(int generation) => ref _ended[generation];

    public int StartOf(int generation) => generation == 0 ? 0 : _ended[generation - 1].End;

    public void Append(PackedRevision revision)
    {
        if (Count == _revisions.Length)
            Array.Resize(ref _revisions, Count * 2);
        _revisions[Count++] = revision;
    }

    /// <summary>The last revision appended was a deletion.</summary>
    public void EndGeneration(long created, long version)
    {
        if (_endedCount == _ended.Length)
            Array.Resize(ref _ended, Math.Max(1, _endedCount * 2));
        _ended[_endedCount++] = new EndedGeneration(Count, created, version);
    }

    /// <summary>The last of the revisions [start, end) that is not after <paramref name="at"/>; −1 if none.</summary>
    public int LastAt(int start, int end, long at)
    {
        int low = start;
        int high = end;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_revisions[middle].Main <= at)
                low = middle + 1;
            else
                high = middle;
        }

        return low == start ? -1 : low - 1;
    }

    /// <summary>Forgets the oldest revisions, and the generations that lie wholly among them.</summary>
    public void DropOldest(int count)
    {
        int generations = 0;
        while (generations < _endedCount && _ended[generations].End <= count)
            generations++;
        _revisions = _revisions.AsSpan(count, Count - count).ToArray();
        Count -= count;
        _ended = _ended.AsSpan(generations, _endedCount - generations).ToArray();
        _endedCount -= generations;
        for (int i = 0; i < _endedCount; i++)
            _ended[i] = _ended[i] with { End = _ended[i].End - count };
    }

    /// <summary>A generation that a deletion ended.</summary>
    /// <param name="End">The place after its last revision, the deletion.</param>
    /// <param name="Created">The revision that created the key.</param>
    /// <param name="Version">The version that the deletion had.</param>
    internal readonly record struct EndedGeneration(int End, long Created, long Version);
}

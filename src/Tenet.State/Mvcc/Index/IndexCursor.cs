namespace Tenet.State.Mvcc.Index;

/// <summary>Walks keys in order up to an end. The index must not change meanwhile.</summary>
internal ref struct IndexCursor
{
    private readonly KeyRange _range;
    private IndexLeaf? _leaf;
    private int _index;
    private int _end;

    public IndexCursor(IndexLeaf leaf, int index, KeyRange range)
    {
        _range = range;
        _leaf = leaf;
        _index = index - 1;
        Bound();
    }

    public readonly ReadOnlySpan<byte> Key => _leaf!.KeyAt(_index);

    public readonly ref readonly KeyEntry Entry => ref _leaf![_index];

    public bool MoveNext()
    {
        if (_leaf == null)
            return false;
        _index++;
        while (_index >= _end)
        {
            if (_end < _leaf.Count || _leaf.Next == null)
            {
                _leaf = null;
                return false;
            }

            _leaf = _leaf.Next;
            _index = 0;
            Bound();
        }

        return true;
    }

    // Comparing with the range's end once for each leaf spares it for each key.
    private void Bound() =>
        _end = _range.IsUnbounded || _leaf!.Count == 0 || _leaf.KeyAt(_leaf.Count - 1).SequenceCompareTo(_range.End) < 0
            ? _leaf!.Count
            : _leaf.LowerBound(_range.End, out _);
}

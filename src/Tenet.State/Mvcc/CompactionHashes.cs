namespace Tenet.State.Mvcc;

/// <summary>The hashes of the newest compactions (contract/storage.md, 6.6, cache). Members compare them, so the cache is part of the protocol.</summary>
internal sealed class CompactionHashes
{
    private const int Max = 10;
    private readonly Lock _gate = new();
    private readonly List<HashKvResult> _hashes = [];

    public void Add(HashKvResult hash)
    {
        lock (_gate)
        {
            int index = _hashes.Count;
            while (index > 0 && _hashes[index - 1].Revision > hash.Revision)
                index--;
            _hashes.Insert(index, hash);
            if (_hashes.Count > Max)
                _hashes.RemoveAt(0);
        }
    }

    /// <summary>Forgets all: they were of data that is no longer there.</summary>
    public void Clear()
    {
        lock (_gate)
            _hashes.Clear();
    }

    public HashKvResult? Find(long revision)
    {
        lock (_gate)
            return _hashes.Find(hash => hash.Revision == revision);
    }

    public IReadOnlyList<HashKvResult> All()
    {
        lock (_gate)
            return [.. _hashes];
    }
}

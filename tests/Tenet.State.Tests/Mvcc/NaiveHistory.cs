using Tenet.Foundation.Checksums;
using Tenet.Protocol.Mvccpb;
using Google.Protobuf;
using Tenet.State.Mvcc;

namespace Tenet.State.Tests.Mvcc;

/// <summary>
/// The model that the store is compared with: contract/storage.md, part 6, told as plainly as possible, with lists where the store has trees.
/// </summary>
internal sealed class NaiveHistory
{
    private readonly SortedDictionary<Revision, (bool Tombstone, KeyValue Value)> _records = [];
    private readonly SortedDictionary<string, List<Generation>> _keys = new(StringComparer.Ordinal);

    public long Current { get; set; } = 1;

    public long Compacted { get; private set; } = -1;

    public IEnumerable<string> Keys => _keys.Keys;

    public void Put(Revision revision, string key, string value, long lease)
    {
        if (!_keys.TryGetValue(key, out List<Generation>? generations))
            _keys[key] = generations = [new Generation()];
        Generation newest = generations[^1];
        if (newest.Revisions.Count == 0)
            newest.Created = revision.Main;
        newest.Revisions.Add(revision);
        newest.Version++;
        _records[revision] = (false, new KeyValue
        {
            Key = StoreFixture.Bytes(key),
            CreateRevision = newest.Created,
            ModRevision = revision.Main,
            Version = newest.Version,
            Value = StoreFixture.Bytes(value),
            Lease = lease,
        });
    }

    public bool Delete(Revision revision, string key)
    {
        if (!_keys.TryGetValue(key, out List<Generation>? generations) || generations[^1].Revisions.Count == 0)
            return false;
        generations[^1].Revisions.Add(revision);
        generations[^1].Version++;
        generations.Add(new Generation());
        _records[revision] = (true, new KeyValue { Key = StoreFixture.Bytes(key) });
        return true;
    }

    public KeyValue? Get(string key, long at) => Modified(key, at) is { } revision ? _records[revision].Value : null;

    public List<KeyValue> Range(string key, string end, long at)
    {
        List<KeyValue> found = [];
        foreach (string candidate in _keys.Keys)
        {
            bool inside = end.Length == 0
                ? candidate == key
                : string.CompareOrdinal(candidate, key) >= 0 && (end == "\0" || string.CompareOrdinal(candidate, end) < 0);
            if (inside && Get(candidate, at) is { } kv)
                found.Add(kv);
        }

        return found;
    }

    public void Compact(long at)
    {
        var kept = new HashSet<Revision>();
        foreach (string key in _keys.Keys.ToList())
        {
            List<Generation> generations = _keys[key];
            (int index, Revision? keep) = Select(generations, at);
            generations.RemoveRange(0, index);
            if (keep is { } revision)
            {
                kept.Add(revision);
                generations[0].Revisions.RemoveAll(r => r < revision);
            }

            if (generations is [{ Revisions.Count: 0 }])
                _keys.Remove(key);
        }

        foreach (Revision revision in _records.Keys.Where(r => r.Main <= at && !kept.Contains(r)).ToList())
            _records.Remove(revision);
        Compacted = at;
    }

    public uint Hash(long at)
    {
        var keep = new HashSet<Revision>();
        foreach (List<Generation> generations in _keys.Values)
        {
            (int index, Revision? selected) = Select(generations, at);
            if (selected is { } revision && !(index < generations.Count - 1 && generations[index].Revisions[^1] == revision))
                keep.Add(revision);
        }

        uint hash = Crc32C.Compute("key"u8);
        Span<byte> stored = stackalloc byte[18];
        foreach ((Revision revision, (bool tombstone, KeyValue value)) in _records)
        {
            if (revision.Main > at || (revision.Main <= Compacted && keep.Count > 0 && !keep.Contains(revision)))
                continue;
            if (revision.Main == Compacted && tombstone)
                continue;
            hash = Crc32C.Update(hash, stored[..revision.Write(stored, tombstone)]);
            hash = Crc32C.Update(hash, value.ToByteArray());
        }

        return hash;
    }

    private Revision? Modified(string key, long at)
    {
        if (!_keys.TryGetValue(key, out List<Generation>? generations))
            return null;
        for (int i = generations.Count - 1; i >= 0; i--)
        {
            List<Revision> revisions = generations[i].Revisions;
            if (revisions.Count == 0)
                continue;
            if (i < generations.Count - 1 && revisions[^1].Main <= at)
                return null;
            if (revisions[0].Main <= at)
                return revisions.Last(r => r.Main <= at);
        }

        return null;
    }

    private static (int Generation, Revision? Kept) Select(List<Generation> generations, long at)
    {
        int index = 0;
        while (index < generations.Count - 1 && generations[index].Revisions[^1].Main < at)
            index++;
        List<Revision> candidates = generations[index].Revisions.Where(r => r.Main <= at).ToList();
        return (index, candidates.Count == 0 ? null : candidates[^1]);
    }

    private sealed class Generation
    {
        public long Created { get; set; }

        public long Version { get; set; }

        public List<Revision> Revisions { get; } = [];
    }
}

using Google.Protobuf;
using Tenet.Foundation;
using Tenet.Protocol.Mvccpb;

namespace Tenet.Simulation.Checking;

/// <summary>
/// The key space by etcd's rules at every revision of its past, written for being read, not for speed: what the checkers hold answers
/// against. It knows nothing of the production store. Revision 1 is empty; each later one holds the changes of one write.
/// </summary>
internal sealed class KvModel
{
    private readonly List<ByteString> _keys = [];
    private readonly Dictionary<ByteString, List<KeyValue>> _versions = [];
    private readonly List<IReadOnlyList<Event>> _changes = [];

    /// <summary>Keys compare as bytes.</summary>
    public static IComparer<ByteString> KeyOrder { get; } =
        Comparer<ByteString>.Create(static (x, y) => x.Span.SequenceCompareTo(y.Span));

    /// <summary>The newest revision.</summary>
    public long Revision => _changes.Count + 1;

    /// <summary>Every key that ever was, in order.</summary>
    public IReadOnlyList<ByteString> Keys => _keys;

    /// <summary>What one revision changed, in the order of its parts; revisions from 2 on.</summary>
    public IReadOnlyList<Event> ChangesAt(long revision) => _changes[(int)(revision - 2)];

    /// <summary>The pair under a key as of a revision; null if it was not there.</summary>
    public KeyValue? Find(ByteString key, long revision)
    {
        if (!_versions.TryGetValue(key, out List<KeyValue>? versions))
            return null;
        int low = 0;
        int high = versions.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (versions[middle].ModRevision <= revision)
                low = middle + 1;
            else
                high = middle;
        }

        return low == 0 || IsTombstone(versions[low - 1]) ? null : versions[low - 1];
    }

    /// <summary>The pairs in [from, end) as of a revision, in key order. End as in a request: empty for one key, a zero byte for no end.</summary>
    public IEnumerable<KeyValue> Range(ByteString from, ByteString end, long revision)
    {
        if (end.IsEmpty)
        {
            if (Find(from, revision) is { } single)
                yield return single;
            yield break;
        }

        int index = _keys.BinarySearch(from, KeyOrder);
        for (index = index < 0 ? ~index : index; index < _keys.Count && IsBefore(_keys[index], end); index++)
        {
            if (Find(_keys[index], revision) is { } pair)
                yield return pair;
        }
    }

    /// <summary>Whether a key lies in [from, end) of a request.</summary>
    public static bool Covers(ByteString from, ByteString end, ByteString key) =>
        end.IsEmpty ? key.Equals(from) : KeyOrder.Compare(key, from) >= 0 && IsBefore(key, end);

    /// <summary>Whether a key lies before the end of a request's range.</summary>
    public static bool IsBefore(ByteString key, ByteString end) => (end.Length == 1 && end[0] == 0) || KeyOrder.Compare(key, end) < 0;

    /// <summary>
    /// Adds the next revision. Null if the changes can follow what is there, else what contradicts it: such changes come from a watcher
    /// and are no write of any store that keeps its promises.
    /// </summary>
    public string? Append(IReadOnlyList<Event> changes)
    {
        long revision = Revision + 1;
        Invariant.That(changes.Count > 0, $"revision {revision} changes nothing");
        string? problem = null;
        foreach (Event change in changes)
        {
            List<KeyValue>? versions = _versions.GetValueOrDefault(change.Kv.Key);
            KeyValue? before = versions is null || IsTombstone(versions[^1]) ? null : versions[^1];
            problem ??= Contradiction(change, before, revision);
            if (versions is null)
            {
                _versions.Add(change.Kv.Key, versions = []);
                _keys.Insert(~_keys.BinarySearch(change.Kv.Key, KeyOrder), change.Kv.Key);
            }

            versions.Add(change.Kv);
        }

        _changes.Add(changes);
        return problem;
    }

    private static bool IsTombstone(KeyValue pair) => pair.Version == 0;

    private static string? Contradiction(Event change, KeyValue? before, long revision)
    {
        KeyValue pair = change.Kv;
        if (pair.ModRevision != revision)
            return $"an event of revision {pair.ModRevision} stands where {revision} is due";
        if (change.Type == Event.Types.EventType.Delete)
            return before is null ? $"{pair.Key.ToStringUtf8()} is deleted at {revision}, where it is not" : null;
        if (pair.Version != (before?.Version ?? 0) + 1 || pair.CreateRevision != (before?.CreateRevision ?? revision))
            return $"{pair} at {revision} cannot follow {before}";
        return null;
    }
}

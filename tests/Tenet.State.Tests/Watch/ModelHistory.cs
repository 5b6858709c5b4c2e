using System.Text;
using Google.Protobuf;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Mvccpb;
using Tenet.State.Mvcc;
using Tenet.State.Watch;

namespace Tenet.State.Tests.Watch;

/// <summary>
/// A history that keeps everything, so that a test can say what a watcher should have seen, and that refuses and forgets what a compaction lets it.
/// </summary>
internal sealed class ModelHistory : IWatchHistory
{
    private readonly Lock _lock = new();
    private readonly List<MvccEvent> _events = [];
    private readonly List<int> _firstOfRevision = [];
    private readonly SortedDictionary<string, List<(long Revision, KeyValue? Pair)>> _keys = new(StringComparer.Ordinal);

    public long CurrentRevision { get; private set; } = 1;

    public long CompactRevision { get; private set; } = -1;

    public IReadOnlyList<MvccEvent> Events => _events;

    /// <summary>Applies one transaction: a null value deletes. Changes nothing and returns no events if all it does is delete what is not there.</summary>
    public IReadOnlyList<MvccEvent> Write(params (string Key, string? Value)[] changes)
    {
        lock (_lock)
        {
            long revision = CurrentRevision + 1;
            var events = new List<MvccEvent>();
            foreach ((string key, string? value) in changes)
            {
                KeyValue? before = At(key, revision - 1);
                if (value is null && before is null)
                    continue;
                KeyValue pair = value is null
                    ? new KeyValue { Key = ByteString.CopyFromUtf8(key), ModRevision = revision }
                    : new KeyValue
                    {
                        Key = ByteString.CopyFromUtf8(key),
                        CreateRevision = before?.CreateRevision ?? revision,
                        ModRevision = revision,
                        Version = (before?.Version ?? 0) + 1,
                        Value = ByteString.CopyFromUtf8(value),
                    };
                var place = new Revision(revision, events.Count);
                events.Add(value is null
                    ? MvccEvent.Deletion(place, Encoding.UTF8.GetBytes(key), out _)
                    : MvccEvent.Put(place, pair.ToByteArray(), Encoding.UTF8.GetByteCount(key), pair.CreateRevision));
                if (!_keys.TryGetValue(key, out List<(long, KeyValue?)>? versions))
                    _keys.Add(key, versions = []);
                versions.Add((revision, value is null ? null : pair));
            }

            if (events.Count == 0)
                return events;
            _firstOfRevision.Add(_events.Count);
            _events.AddRange(events);
            CurrentRevision = revision;
            return events;
        }
    }

    public void Compact(long revision)
    {
        lock (_lock)
            CompactRevision = revision;
    }

    /// <summary>The pair of a key as of a revision, whatever has been compacted.</summary>
    public KeyValue? At(string key, long revision)
    {
        lock (_lock)
        {
            if (!_keys.TryGetValue(key, out List<(long Revision, KeyValue? Pair)>? versions))
                return null;
            int i = versions.Count - 1;
            while (i >= 0 && versions[i].Revision > revision)
                i--;
            return i < 0 ? null : versions[i].Pair;
        }
    }

    /// <summary>Called before and after each read of history: what happens meanwhile.</summary>
    public Action Meanwhile { get; set; } = static () => { };

    public Outcome<HistoryPage> ReadHistory(long fromRevision, long maxBytes)
    {
        Meanwhile();
        Outcome<HistoryPage> page = Read(fromRevision, maxBytes);
        Meanwhile();
        return page;
    }

    public bool TryGetAt(ReadOnlySpan<byte> key, long revision, out ReadOnlyMemory<byte> keyValue)
    {
        string text = Encoding.UTF8.GetString(key);
        lock (_lock)
        {
            KeyValue? found = revision < CompactRevision ? null : At(text, revision);
            keyValue = found?.ToByteArray() ?? default(ReadOnlyMemory<byte>);
            return found is not null;
        }
    }

    private Outcome<HistoryPage> Read(long fromRevision, long maxBytes)
    {
        lock (_lock)
        {
            if (fromRevision < CompactRevision)
                return EtcdErrors.Compacted;
            var events = new List<MvccEvent>();
            long bytes = 0;
            long revision = Math.Max(fromRevision, 2);
            for (; revision <= CurrentRevision && bytes < maxBytes; revision++)
            {
                for (int i = _firstOfRevision[(int)revision - 2]; i < _events.Count && _events[i].Revision.Main == revision; i++)
                {
                    events.Add(_events[i]);
                    bytes += _events[i].KeyValue.Length;
                }
            }

            return new HistoryPage(events, revision);
        }
    }
}

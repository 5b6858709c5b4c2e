using Google.Protobuf;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Proxy.Keys;

/// <summary>
/// Answers to ranges, for callers whom a possibly old one serves. What is here was answered to callers without a token, is given to such alone, is
/// older than no write that went through this proxy, and is gone after <see cref="MaxAge"/>, because other writes do not go through it.
/// </summary>
internal sealed class RangeCache(TimeProvider clock)
{
    /// <summary>How old an answer may get.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);

    private const int EntriesMax = 2048;
    private const int BytesMax = 32 << 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<ByteString, Entry> _byRequest = [];
    private readonly Dictionary<ByteString, List<Entry>> _ofOneKey = [];
    private readonly List<Entry> _ofRanges = [];

    /// <summary>All entries in the order in which they came, which is that in which they expire; those that are gone already are passed over.</summary>
    private readonly Queue<Entry> _byAge = [];
    private long _bytes;

    /// <summary>Counts the times that everything was forgotten.</summary>
    private long _era;

    /// <summary>The newest revision that a write through this proxy got. An answer from before it came too late to be kept.</summary>
    private long _written;

    public int Count
    {
        get
        {
            lock (_lock)
                return _byRequest.Count;
        }
    }

    /// <summary>To be taken before an answer is asked for, and shown when it is to be kept.</summary>
    public long Era => Volatile.Read(ref _era);

    /// <summary>The kept answer to a request, or null.</summary>
    /// <param name="request">The request's bytes.</param>
    public RangeResponse? Find(ByteString request)
    {
        lock (_lock)
        {
            DropOld();
            return _byRequest.TryGetValue(request, out Entry? entry) ? entry.Response : null;
        }
    }

    /// <summary>Keeps an answer, unless it was asked for before everything was forgotten. It must not be changed any more.</summary>
    public void Add(long era, ByteString request, KeyRange range, RangeResponse response)
    {
        int bytes = request.Length + response.CalculateSize();
        lock (_lock)
        {
            if (era != _era || bytes > BytesMax || (response.Header?.Revision ?? 0) < _written)
                return;
            if (_byRequest.TryGetValue(request, out Entry? older))
                Remove(older);
            Entry entry = new(request, range, response, bytes, clock.GetTimestamp());
            _byRequest[request] = entry;
            if (!range.IsSingle)
                _ofRanges.Add(entry);
            else if (_ofOneKey.TryGetValue(range.Key, out List<Entry>? same))
                same.Add(entry);
            else
                _ofOneKey[range.Key] = [entry];
            _byAge.Enqueue(entry);
            _bytes += bytes;
            DropOld();
        }
    }

    /// <summary>Forgets what a write may have changed. Called before it goes upstream and again when it is done, with its revision if it has one.</summary>
    public void Invalidate(IReadOnlyList<KeyRange> written, long revision)
    {
        lock (_lock)
        {
            _written = Math.Max(_written, revision);
            foreach (KeyRange range in written)
            {
                if (range.IsSingle && _ofOneKey.TryGetValue(range.Key, out List<Entry>? same))
                    RemoveAll([.. same]);
                else if (!range.IsSingle)
                    RemoveAll([.. _ofOneKey.Where(entries => range.Contains(entries.Key)).SelectMany(static entries => entries.Value)]);
                RemoveAll([.. _ofRanges.Where(entry => entry.Range.Meets(range))]);
            }
        }
    }

    /// <summary>Forgets everything: who may read what has changed, or history has been cut.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _byRequest.Clear();
            _ofOneKey.Clear();
            _ofRanges.Clear();
            _byAge.Clear();
            _bytes = 0;
            _era++;
        }
    }

    private void DropOld()
    {
        while (_byAge.TryPeek(out Entry? oldest) && (oldest.IsGone || _byRequest.Count > EntriesMax || _bytes > BytesMax || clock.GetElapsedTime(oldest.Since) >= MaxAge))
        {
            _byAge.Dequeue();
            if (!oldest.IsGone)
                Remove(oldest);
        }
    }

    private void RemoveAll(Entry[] entries)
    {
        foreach (Entry entry in entries)
            Remove(entry);
    }

    private void Remove(Entry entry)
    {
        entry.Drop();
        _bytes -= entry.Bytes;
        _byRequest.Remove(entry.Request);
        if (!entry.Range.IsSingle)
        {
            _ofRanges.Remove(entry);
            return;
        }
        List<Entry> same = _ofOneKey[entry.Range.Key];
        same.Remove(entry);
        if (same.Count == 0)
            _ofOneKey.Remove(entry.Range.Key);
    }

    private sealed class Entry(ByteString request, KeyRange range, RangeResponse response, int bytes, long since)
    {
        public ByteString Request => request;

        public KeyRange Range => range;

        /// <summary>The answer; null when the entry is gone and only waits for its turn in the queue.</summary>
        public RangeResponse? Response { get; private set; } = response;

        public int Bytes => bytes;

        public long Since => since;

        public bool IsGone => Response is null;

        public void Drop() => Response = null;
    }
}

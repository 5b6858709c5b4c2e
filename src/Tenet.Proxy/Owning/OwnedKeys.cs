using Google.Protobuf;
using Google.Protobuf.Collections;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Proxy.Keys;

namespace Tenet.Proxy.Owning;

/// <summary>
/// The keys that this proxy owns and what they hold. An answer is given only while the session's lease is certain to live, while no write of this
/// proxy's own is under way, and as long as the key has not been handed back. So it is what the servers would answer.
/// </summary>
/// <param name="keys">Where ownership is written down.</param>
/// <param name="rest">How long a key that was handed back, or could not be had, is left alone.</param>
/// <param name="clock">The clock of the lease and of that rest.</param>
internal sealed class OwnedKeys(LeasingKeys keys, TimeSpan rest, TimeProvider clock)
{
    /// <summary>More are not owned at once: whoever reads many keys once must not fill the memory, nor the store with leasing keys.</summary>
    private const int KeysMax = 64 * 1024;

    private const long BytesMax = 64 << 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<ByteString, OwnedKey> _keys = [];
    private readonly Dictionary<ByteString, long> _resting = [];

    /// <summary>The ranges that are being written to.</summary>
    private readonly List<KeyRange> _written = [];
    private long _bytes;
    private long _lease;
    private long _since;
    private TimeSpan _time;

    /// <summary>The leases of this and of earlier sessions. Under an earlier one nothing is answered from memory any more.</summary>
    private readonly HashSet<long> _leases = [];

    public bool IsEmpty
    {
        get
        {
            lock (_lock)
                return _keys.Count == 0;
        }
    }

    /// <summary>Whether the session's lease is certain to live.</summary>
    public bool IsLive
    {
        get
        {
            lock (_lock)
                return IsLiveNow();
        }
    }

    /// <summary>A session begins, or its lease was renewed.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="since">When it was asked for, on the clock: the servers cannot have begun to count before.</param>
    /// <param name="time">How long it lives from then on.</param>
    public void Live(long lease, long since, TimeSpan time)
    {
        lock (_lock)
        {
            _leases.Add(lease);
            (_lease, _since, _time) = (lease, since, time - Margin(time));
        }
    }

    /// <summary>The session is over: nothing is owned any more.</summary>
    public void End()
    {
        lock (_lock)
        {
            _lease = 0;
            Clear();
        }
    }

    /// <summary>What an owned key holds; null if the servers must be asked. It must not be changed.</summary>
    public RangeResponse? Find(ByteString key)
    {
        lock (_lock)
            return IsLiveNow() && _keys.TryGetValue(key, out OwnedKey? owned) ? owned.Answer : null;
    }

    /// <summary>Begins to ask for a key, or null if it cannot be had now.</summary>
    /// <param name="key">The key.</param>
    /// <param name="makesRoom">A key that had to go for it, and must be handed back.</param>
    public Question? Ask(ByteString key, out OwnedKey? makesRoom)
    {
        makesRoom = null;
        lock (_lock)
        {
            if (!IsLiveNow())
                return null;
            if (!_keys.TryGetValue(key, out OwnedKey? owned))
            {
                if ((_resting.TryGetValue(key, out long since) && clock.GetElapsedTime(since) < rest) || _written.Exists(range => range.Contains(key)))
                    return null;
                if (_keys.Count >= KeysMax || _bytes >= BytesMax)
                {
                    makesRoom = _keys.Values.FirstOrDefault(static other => other is { Revision: > 0, Writes: 0 });
                    if (makesRoom is null)
                        return null;
                    Remove(makesRoom);
                }
                _keys[key] = owned = new OwnedKey(key);
            }
            if (owned.IsAsked || owned.Writes > 0)
                return null;
            owned.IsAsked = true;
            return new Question(owned, owned.Changes, owned.Revision, _lease);
        }
    }

    /// <summary>The key is owned.</summary>
    /// <param name="question">What was asked.</param>
    /// <param name="revision">Since when.</param>
    /// <param name="answer">What it holds.</param>
    public void Answered(Question question, long revision, RangeResponse answer)
    {
        OwnedKey owned = question.Owned;
        lock (_lock)
        {
            owned.IsAsked = false;
            if (!IsHere(owned))
                return;
            owned.Revision = revision;
            if (owned.LostAt > revision)
                Remove(owned);
            // What is attached to a lease goes with it, whoever owns the key.
            else if (owned.Changes == question.Changes && owned.Writes == 0 && answer.Kvs.All(static pair => pair.Lease == 0))
                Keep(owned, answer);
        }
    }

    /// <summary>It is not known what the key holds; if it was not owned before, it is not now.</summary>
    public void NotAnswered(Question question)
    {
        lock (_lock)
        {
            question.Owned.IsAsked = false;
            if (question.Revision == 0)
                Remove(question.Owned);
        }
    }

    /// <summary>It turned out that the key is owned no more.</summary>
    public void Lost(OwnedKey owned)
    {
        lock (_lock)
            Remove(owned);
    }

    /// <summary>Somebody took a key away at this revision, if it was owned before.</summary>
    public void LostAt(ByteString key, long revision)
    {
        lock (_lock)
        {
            if (!_keys.TryGetValue(key, out OwnedKey? owned))
                return;
            owned.LostAt = revision;
            if (owned.Revision > 0 && owned.Revision < revision)
                Remove(owned);
        }
    }

    /// <summary>Hands a key back that was owned since this revision, or is being asked for: nothing is answered from memory from here on.</summary>
    public void HandBack(ByteString key, long revision)
    {
        lock (_lock)
        {
            if (_keys.TryGetValue(key, out OwnedKey? owned) && owned.Revision <= revision)
                Remove(owned);
        }
    }

    /// <summary>Whether a lease is that of a session of this proxy.</summary>
    public bool IsOwn(long lease)
    {
        lock (_lock)
            return _leases.Contains(lease);
    }

    /// <summary>Whether a key is owned for certain, by a leasing key of this revision.</summary>
    public bool Owns(ByteString key, long revision)
    {
        lock (_lock)
            return _keys.TryGetValue(key, out OwnedKey? owned) && owned.Revision == revision;
    }

    /// <summary>A write begins: what it may change is not answered from memory until it has ended.</summary>
    public PendingWrite BeginWrite(IReadOnlyList<KeyRange> written)
    {
        List<OwnedKey> own = [];
        RepeatedField<Compare> guards = [];
        HashSet<KeyRange> guarded = [];
        lock (_lock)
        {
            foreach (KeyRange range in written)
            {
                if (!guarded.Add(range))
                    continue;
                // Leasing keys themselves are written to: nobody knows then what is still owned.
                if (keys.All.Meets(range))
                    Clear();
                long revision = 0;
                if (!range.IsSingle)
                {
                    // Of a range nobody may own anything, this proxy included: its own leasing keys could not be told from others'.
                    foreach (OwnedKey inside in _keys.Values.Where(owned => range.Contains(owned.Key)).ToList())
                        Remove(inside);
                    _written.Add(range);
                }
                else if (_keys.TryGetValue(range.Key, out OwnedKey? owned))
                {
                    revision = owned.Revision;
                    own.Add(owned);
                }
                KeyRange leasing = keys.Of(range);
                guards.Add(new Compare
                {
                    Key = leasing.Key,
                    RangeEnd = leasing.End,
                    Target = Compare.Types.CompareTarget.Create,
                    Result = Compare.Types.CompareResult.Less,
                    CreateRevision = revision + 1,
                });
            }
            foreach (OwnedKey owned in own)
            {
                owned.Writes++;
                Change(owned);
            }
        }
        return new PendingWrite(own, [.. guarded.Where(static range => !range.IsSingle)], guards);
    }

    /// <summary>A write has ended.</summary>
    /// <param name="write">The write.</param>
    /// <param name="isCertain">Whether it is known what became of it. If not, it may still be carried out: its keys are not owned any more then.</param>
    /// <returns>The keys whose leasing keys must go, so that a new owner's is newer than what the write was guarded by.</returns>
    public IReadOnlyList<OwnedKey> EndWrite(PendingWrite write, bool isCertain)
    {
        lock (_lock)
        {
            foreach (KeyRange range in write.Ranges)
                _written.Remove(range);
            foreach (OwnedKey owned in write.Own)
            {
                owned.Writes--;
                Change(owned);
                if (!isCertain)
                    Remove(owned);
            }
            return isCertain ? [] : [.. write.Own.Where(static owned => owned.Revision > 0)];
        }
    }

    /// <summary>What any key holds may have changed in a way that is not told; the keys stay owned.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            foreach (OwnedKey owned in _keys.Values)
                Change(owned);
        }
    }

    /// <summary>Forgets which keys have rested long enough.</summary>
    public void Sweep()
    {
        lock (_lock)
        {
            foreach ((ByteString key, long since) in _resting.ToList())
            {
                if (clock.GetElapsedTime(since) >= rest)
                    _resting.Remove(key);
            }
        }
    }

    /// <summary>Some time for clocks that do not run alike.</summary>
    private static TimeSpan Margin(TimeSpan time) => time / 10 < TimeSpan.FromSeconds(1) ? time / 10 : TimeSpan.FromSeconds(1);

    private void Change(OwnedKey owned)
    {
        if (IsHere(owned))
            Keep(owned, null);
        owned.Changes++;
    }

    private void Keep(OwnedKey owned, RangeResponse? answer)
    {
        _bytes += (answer?.CalculateSize() ?? 0) - (owned.Answer?.CalculateSize() ?? 0);
        owned.Answer = answer;
    }

    private void Clear()
    {
        _keys.Clear();
        _bytes = 0;
    }

    private bool IsLiveNow() => _lease != 0 && clock.GetElapsedTime(_since) < _time;

    private bool IsHere(OwnedKey owned) => _keys.TryGetValue(owned.Key, out OwnedKey? here) && ReferenceEquals(here, owned);

    private void Remove(OwnedKey owned)
    {
        if (!IsHere(owned))
            return;
        Keep(owned, null);
        _keys.Remove(owned.Key);
        _resting[owned.Key] = clock.GetTimestamp();
    }
}

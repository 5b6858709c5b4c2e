using System.Buffers.Binary;
using Google.Protobuf;
using Tenet.Foundation;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Backends;
using Tenet.State.Mvcc;
using LeaseRecord = Tenet.Protocol.Leasepb.Lease;

namespace Tenet.State.Leases;

/// <summary>
/// All leases of a member, and which keys hang on them (contract/api.md, 2.4; contract/storage.md, 5.4).
/// </summary>
/// <remarks>
/// <para>
/// Grants, revocations and checkpoints come from the log and are the same on every member. Time is not: only the primary (the leader) counts it, everyone else
/// keeps every expiry at "never". A renewal changes the primary's count and nothing else; after a change of leader every lease starts over.
/// </para>
/// <para>
/// The lessor has no clock. Each call that needs the time gets <c>now</c>, a reading of the member's monotonic clock, the same clock in every call.
/// A lease is never handed out for revoking before its expiry.
/// </para>
/// <para>
/// Calls marked "apply thread" come from there alone, as they write to the backend; all others may come from any thread.
/// The lock is a leaf: nothing is called while it is held.
/// </para>
/// </remarks>
public sealed class Lessor : ILeaseAttachments
{
    /// <summary>The longest time to live that may be asked for, in seconds.</summary>
    public const long TtlMaxSeconds = 9_000_000_000;

    /// <summary>How many checkpoints one log entry may carry.</summary>
    public const int CheckpointsPerEntryMax = 1000;

    private readonly Lock _lock = new();
    private readonly Backend _backend;
    private readonly LessorOptions _options;

    // Walked only where the order of the walk changes nothing; whatever needs an order is sorted.
    private Dictionary<long, Lease> _leases = [];
    private Dictionary<ReadOnlyMemory<byte>, long> _leaseByKey = new(KeyBytes.Instance);
    private Dictionary<ReadOnlyMemory<byte>, long>.AlternateLookup<ReadOnlySpan<byte>> _leaseByKeyBytes;
    private readonly SortedSet<Lease> _due = new(Comparer<Lease>.Create(
        static (x, y) => x.OfferAt != y.OfferAt ? x.OfferAt.CompareTo(y.OfferAt) : x.Id.CompareTo(y.Id)));

    private readonly SortedSet<Lease> _checkpointDue = new(Comparer<Lease>.Create(
        static (x, y) => x.CheckpointAt != y.CheckpointAt ? x.CheckpointAt.CompareTo(y.CheckpointAt) : x.Id.CompareTo(y.Id)));

    private bool _primary;

    /// <summary>
    /// Reads the stored leases. None counts time until <see cref="Promote"/>, and keys are attached when the key-value store is restored.
    /// </summary>
    public Lessor(Backend backend, LessorOptions options)
    {
        _backend = backend;
        _options = options;
        _leaseByKeyBytes = _leaseByKey.GetAlternateLookup<ReadOnlySpan<byte>>();
        Recover();
    }

    /// <summary>How many leases there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _leases.Count;
        }
    }

    /// <summary>Whether this member counts time.</summary>
    public bool IsPrimary
    {
        get
        {
            lock (_lock)
                return _primary;
        }
    }

    /// <summary>Whether the cluster's version is one (3.6 or later) whose members all store the remaining time of a checkpoint. Apply thread.</summary>
    public bool ClusterStoresCheckpoints { get; set; }

    /// <summary>Makes a lease; apply thread. Too short a time to live is raised to the minimum.</summary>
    /// <param name="id">Any id but 0, negative ones included.</param>
    /// <param name="ttlSeconds">The time to live asked for.</param>
    /// <param name="now">The member's monotonic time.</param>
    /// <param name="grantedSeconds">The time to live given.</param>
    /// <returns>Null, or why there is no lease: id 0, time to live over <see cref="TtlMaxSeconds"/>, id taken.</returns>
    public EtcdError? Grant(long id, long ttlSeconds, TimeSpan now, out long grantedSeconds)
    {
        grantedSeconds = 0;
        if (id == 0)
            return EtcdErrors.LeaseNotFound;
        if (ttlSeconds > TtlMaxSeconds)
            return EtcdErrors.LeaseTtlTooLarge;

        var lease = new Lease(id, Math.Max(ttlSeconds, _options.TtlMinSeconds));
        lock (_lock)
        {
            if (!_leases.TryAdd(id, lease))
                return EtcdErrors.LeaseExists;
            if (_primary)
                CountFromNeedsLock(lease, now + lease.FreshCount, now);
        }

        Store(lease);
        grantedSeconds = lease.TtlSeconds;
        return null;
    }

    /// <summary>
    /// Removes a lease whose keys the caller has deleted in this same entry; apply thread. False if there is none.
    /// </summary>
    public bool Remove(long id)
    {
        TaskCompletionSource? gone;
        lock (_lock)
        {
            if (!_leases.Remove(id, out Lease? lease))
                return false;
            _due.Remove(lease);
            _checkpointDue.Remove(lease);
            gone = lease.Gone;
            if (lease.Keys is not null)
            {
                foreach (ReadOnlyMemory<byte> key in lease.Keys)
                    _leaseByKey.Remove(key);
            }
        }

        Span<byte> storedId = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(storedId, id);
        _backend.Delete(Bucket.Lease, storedId);
        gone?.TrySetResult();
        return true;
    }

    /// <summary>Records what is left of a lease; apply thread. An unknown lease is ignored: it may have been revoked since.</summary>
    public void Checkpoint(long id, long remainingSeconds, TimeSpan now)
    {
        Lease? lease;
        lock (_lock)
        {
            if (!_leases.TryGetValue(id, out lease))
                return;
            lease.CheckpointSeconds = remainingSeconds;
            if (_primary)
                ScheduleCheckpointNeedsLock(lease, now);
        }

        if (ClusterStoresCheckpoints || _options.PersistCheckpoints)
            Store(lease);
    }

    /// <summary>Starts a lease's count again.</summary>
    public RenewOutcome Renew(long id, TimeSpan now)
    {
        lock (_lock)
        {
            if (!_primary)
                return new RenewOutcome(RenewStatus.NotPrimary);
            if (!_leases.TryGetValue(id, out Lease? lease))
                return new RenewOutcome(RenewStatus.NotFound);
            if (lease.Expiry <= now)
            {
                // Its revocation may be in the log already, so it must not come back to life.
                lease.Gone ??= new TaskCompletionSource(
                    _options.CompleteOnPool ? TaskCreationOptions.RunContinuationsAsynchronously : TaskCreationOptions.None);
                return new RenewOutcome(RenewStatus.Expired, Gone: lease.Gone.Task);
            }

            bool checkpointed = lease.CheckpointSeconds > 0;
            lease.CheckpointSeconds = 0;
            CountFromNeedsLock(lease, now + lease.FreshCount, now);
            return new RenewOutcome(RenewStatus.Renewed, lease.TtlSeconds, checkpointed && _options.Checkpoints);
        }
    }

    /// <summary>How a lease stands, or null if there is none.</summary>
    public LeaseTimeToLive? TimeToLive(long id, bool withKeys, TimeSpan now)
    {
        lock (_lock)
        {
            if (!_leases.TryGetValue(id, out Lease? lease))
                return null;
            long remaining = _primary ? (lease.Expiry - now).Ticks / TimeSpan.TicksPerSecond : 0;
            return new LeaseTimeToLive(remaining, lease.TtlSeconds, _primary, withKeys ? KeysNeedsLock(lease) : []);
        }
    }

    /// <summary>The ids of all leases, soonest expiry first, equal ones by id.</summary>
    public IReadOnlyList<long> Ids()
    {
        Lease[] leases;
        (TimeSpan Expiry, long Id)[] order;
        lock (_lock)
        {
            leases = [.. _leases.Values];
            order = new (TimeSpan, long)[leases.Length];
            for (int i = 0; i < leases.Length; i++)
                order[i] = (leases[i].Expiry, leases[i].Id);
        }

        Array.Sort(order);
        var ids = new long[order.Length];
        for (int i = 0; i < ids.Length; i++)
            ids[i] = order[i].Id;
        return ids;
    }

    /// <summary>The keys that hang on a lease in key order; empty if there are none or no such lease.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> KeysOf(long id)
    {
        lock (_lock)
            return _leases.TryGetValue(id, out Lease? lease) ? KeysNeedsLock(lease) : [];
    }

    /// <summary>
    /// Leases that have run out, soonest first, at most <paramref name="countMax"/>; the caller revokes them through the log. A lease that is not revoked
    /// comes again after <see cref="LessorOptions.RevokeRetry"/>. etcd asks every 500 ms for half of the rate.
    /// </summary>
    public IReadOnlyList<long> ExpiredUpTo(TimeSpan now, int countMax)
    {
        var expired = new List<long>();
        lock (_lock)
        {
            while (expired.Count < countMax && _due.Min is { } lease && lease.OfferAt <= now)
            {
                Invariant.That(lease.Expiry <= now, $"lease {lease.Id:x} is due for revoking before its expiry");
                expired.Add(lease.Id);
                _due.Remove(lease);
                lease.OfferAt = now + _options.RevokeRetry;
                _due.Add(lease);
            }
        }

        return expired;
    }

    /// <summary>
    /// Checkpoints that are due, at most <paramref name="countMax"/>; the caller proposes them. Empty unless checkpoints are on and this member counts time.
    /// </summary>
    public IReadOnlyList<LeaseCheckpoint> DueCheckpoints(TimeSpan now, int countMax = CheckpointsPerEntryMax)
    {
        var due = new List<LeaseCheckpoint>();
        lock (_lock)
        {
            while (due.Count < countMax && _checkpointDue.Min is { } lease && lease.CheckpointAt <= now)
            {
                _checkpointDue.Remove(lease);
                lease.CheckpointAt = Lease.Never;
                if (lease.Expiry <= now)
                    continue;

                long remaining = ((lease.Expiry - now).Ticks + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond;
                if (remaining < lease.TtlSeconds)
                    due.Add(new LeaseCheckpoint { ID = lease.Id, RemainingTTL = remaining });
            }
        }

        return due;
    }

    /// <summary>
    /// This member counts time from now on; apply thread. Every lease gets its time to live (or what its checkpoint left) and <paramref name="extend"/> on top, one election timeout,
    /// for the time during which nobody counted. If many would then end together they are spread, later and never earlier, so that no second
    /// holds more than three quarters of <see cref="LessorOptions.ExpiriesPerSecond"/>. A lease that counts already never ends earlier than it would have.
    /// </summary>
    public void Promote(TimeSpan now, TimeSpan extend)
    {
        Lease[] leases;
        (TimeSpan Count, long Id)[] order;
        lock (_lock)
        {
            leases = [.. _leases.Values];
            order = new (TimeSpan, long)[leases.Length];
            for (int i = 0; i < leases.Length; i++)
                order[i] = (leases[i].FreshCount, leases[i].Id);
        }

        // Not under the lock, which reads and writes of keys need. Only this thread makes and removes leases.
        Array.Sort(order, leases);
        int perSecond = Math.Max(1, _options.ExpiriesPerSecond * 3 / 4);
        bool spread = leases.Length >= _options.ExpiriesPerSecond;
        var expiries = new TimeSpan[leases.Length];
        for (int i = 0; i < leases.Length; i++)
        {
            expiries[i] = now + order[i].Count + extend;
            if (spread && i >= perSecond && expiries[i] < expiries[i - perSecond] + TimeSpan.FromSeconds(1))
                expiries[i] = expiries[i - perSecond] + TimeSpan.FromSeconds(1);
        }

        lock (_lock)
        {
            _primary = true;
            for (int i = 0; i < leases.Length; i++)
            {
                TimeSpan before = leases[i].Expiry;
                CountFromNeedsLock(leases[i], before != Lease.Never && before > expiries[i] ? before : expiries[i], now);
            }
        }
    }

    /// <summary>This member counts time no more: every expiry becomes "never", and whoever waits for a revocation is let go.</summary>
    public void Demote()
    {
        List<TaskCompletionSource> waiting;
        lock (_lock)
        {
            if (!_primary)
                return;
            waiting = StopCountingNeedsLock();
        }

        foreach (TaskCompletionSource gone in waiting)
            gone.TrySetResult();
    }

    /// <summary>
    /// Takes over what another lessor has read from a leader's snapshot, its keys attached; apply thread. A member that is sent a snapshot does not lead, so it does not count
    /// time either, whether it has been told yet or not.
    /// </summary>
    internal void Replace(Lessor received)
    {
        List<TaskCompletionSource> waiting;
        lock (_lock)
        {
            waiting = StopCountingNeedsLock();
            _leases = received._leases;
            _leaseByKey = received._leaseByKey;
            _leaseByKeyBytes = received._leaseByKeyBytes;
        }

        foreach (TaskCompletionSource gone in waiting)
            gone.TrySetResult();
    }

    /// <summary>A lessor of the leases in another backend, under the same options.</summary>
    internal Lessor Read(Backend received) => new(received, _options);

    /// <inheritdoc/>
    public bool Exists(long lease)
    {
        lock (_lock)
            return _leases.ContainsKey(lease);
    }

    /// <inheritdoc/>
    public long LeaseOf(ReadOnlySpan<byte> key)
    {
        lock (_lock)
            return _leaseByKeyBytes.TryGetValue(key, out long lease) ? lease : 0;
    }

    /// <inheritdoc/>
    public bool Attach(long lease, ReadOnlyMemory<byte> key)
    {
        lock (_lock)
        {
            if (!_leases.TryGetValue(lease, out Lease? found))
                return false;
            DetachNeedsLock(key.Span);
            (found.Keys ??= new SortedSet<ReadOnlyMemory<byte>>(KeyBytes.Instance)).Add(key);
            _leaseByKey.Add(key, lease);
            return true;
        }
    }

    /// <inheritdoc/>
    public void Detach(long lease, ReadOnlySpan<byte> key)
    {
        lock (_lock)
        {
            if (_leaseByKeyBytes.TryGetValue(key, out long attached) && attached == lease)
                DetachNeedsLock(key);
        }
    }

    private void Recover()
    {
        using BackendRead read = _backend.OpenRead();
        BackendCursor cursor = read.Scan(Bucket.Lease, []);
        while (cursor.MoveNext())
        {
            LeaseRecord record = Read(cursor.Value);
            _leases[record.ID] = new Lease(record.ID, Math.Max(record.TTL, _options.TtlMinSeconds)) { CheckpointSeconds = record.RemainingTTL };
        }
    }

    private static LeaseRecord Read(ReadOnlySpan<byte> stored)
    {
        try
        {
            return LeaseRecord.Parser.ParseChecked(stored);
        }
        catch (InvalidProtocolBufferException)
        {
            throw new CorruptionException("bucket lease of the db file", 0, "an encoded Lease", Convert.ToHexStringLower(stored));
        }
    }

    private void Store(Lease lease)
    {
        Span<byte> key = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(key, lease.Id);
        var record = new LeaseRecord { ID = lease.Id, TTL = lease.TtlSeconds, RemainingTTL = lease.CheckpointSeconds };
        _backend.Put(Bucket.Lease, key, record.ToByteArray());
    }

    // Returns who waits for a revocation that this member is not going to see to; they are let go outside the lock.
    private List<TaskCompletionSource> StopCountingNeedsLock()
    {
        var waiting = new List<TaskCompletionSource>();
        _primary = false;
        _due.Clear();
        _checkpointDue.Clear();
        foreach (Lease lease in _leases.Values)
        {
            lease.Expiry = lease.OfferAt = lease.CheckpointAt = Lease.Never;
            if (lease.Gone is { } gone)
                waiting.Add(gone);
            lease.Gone = null;
        }

        return waiting;
    }

    private void CountFromNeedsLock(Lease lease, TimeSpan expiry, TimeSpan now)
    {
        _due.Remove(lease);
        lease.Expiry = lease.OfferAt = expiry;
        _due.Add(lease);
        ScheduleCheckpointNeedsLock(lease, now);
    }

    private void ScheduleCheckpointNeedsLock(Lease lease, TimeSpan now)
    {
        if (!_options.Checkpoints)
            return;
        _checkpointDue.Remove(lease);
        lease.CheckpointAt = Lease.Never;
        if (lease.FreshCount <= _options.CheckpointInterval)
            return;
        lease.CheckpointAt = now + _options.CheckpointInterval;
        _checkpointDue.Add(lease);
    }

    private void DetachNeedsLock(ReadOnlySpan<byte> key)
    {
        if (!_leaseByKeyBytes.Remove(key, out ReadOnlyMemory<byte> attached, out long lease))
            return;
        SortedSet<ReadOnlyMemory<byte>>? keys = _leases[lease].Keys;
        Invariant.That(keys is not null && keys.Remove(attached), $"lease {lease:x} does not know a key that is attached to it");
        if (keys.Count == 0)
            _leases[lease].Keys = null;
    }

    private static IReadOnlyList<ReadOnlyMemory<byte>> KeysNeedsLock(Lease lease) => lease.Keys is null ? [] : [.. lease.Keys];
}

using System.Buffers.Binary;
using Tenet.Bolt;
using Tenet.Foundation;
using Tenet.Foundation.Checksums;
using Tenet.Foundation.Files;
using Tenet.State.Mvcc;

namespace Tenet.State.Backends;

/// <summary>
/// The member's db file with a write batch in memory before it (contract/storage.md, 5). The thread that writes never waits for the
/// disk: a sealed batch is committed in one transaction by another thread, and reads see it all along.
/// </summary>
/// <remarks>
/// Two locks, in this order. <c>_commitGate</c> is held across I/O, by whoever commits, or
/// puts another file in its place; nobody who writes or reads takes it.
/// <c>_gate</c> guards the batches and the pointer to the committed state and is never held across I/O.
/// </remarks>
public sealed partial class Backend : IDisposable
{
    // While a commit is slow, the batch behind it may grow to this many times its limit.
    private const int WaitFactor = 8;

    private readonly IFileSystem _files;
    private readonly string _path;
    private readonly BackendOptions _options;
    private readonly Lock _commitGate = new();
    private readonly Lock _gate = new();
    private BoltDatabase _database;
    private CommittedState _committed;
    private WriteBatch _open = new();
    private SealedBatch? _sealed;
    private Exception? _failure;
    private ulong _committedIndex;
    private int _sendsUnderWay;
    private bool _disposed;

    private Backend(IFileSystem files, string path, BackendOptions options, BoltDatabase database)
    {
        _files = files;
        _path = path;
        _options = options;
        _database = database;
        _committed = new CommittedState(database);
        ConsistentIndex = ReadMeta(_committed, MetaKeys.ConsistentIndex);
        ConsistentTerm = ReadMeta(_committed, MetaKeys.Term);
        _committedIndex = ConsistentIndex;
    }

    /// <summary>The file.</summary>
    public string Path => _path;

    /// <summary>The index of the last applied entry whose effects are written (perhaps not yet committed); 0 if none.</summary>
    public ulong ConsistentIndex { get; private set; }

    /// <summary>The term of that entry.</summary>
    public ulong ConsistentTerm { get; private set; }

    /// <summary>The consistent index that is durable in the file. What lies at or before it in the log is needed no more for recovery.</summary>
    public ulong CommittedIndex => Volatile.Read(ref _committedIndex);

    /// <summary>Puts and deletes in the open batch.</summary>
    public int PendingOperations => _open.Operations;

    /// <summary>The open batch has reached its limit and should be sealed.</summary>
    public bool WantsCommit => _open.Operations >= _options.BatchLimit || _open.Bytes >= _options.BatchBytes;

    /// <summary>The open batch has reached its bound while another is still being committed: apply nothing more until that is done.</summary>
    public bool MustWait => Volatile.Read(ref _sealed) != null
        && (_open.Operations >= (long)_options.BatchLimit * WaitFactor || _open.Bytes >= _options.BatchBytes);

    /// <summary>The file's length in bytes, as its pages count.</summary>
    public long Size => Volatile.Read(ref _database).Size;

    /// <summary>The file's length less its free pages, in bytes.</summary>
    public long SizeInUse => Volatile.Read(ref _database).SizeInUse;

    /// <summary>How long the parts of the last commit took. For the thread that commits.</summary>
    public BoltCommitTimes LastCommit => Volatile.Read(ref _database).LastCommit;

    /// <summary>Read transactions of the file that are open.</summary>
    public int OpenReads => Volatile.Read(ref _database).OpenReads;

    /// <summary>Images that are on their way to followers.</summary>
    public int SendsUnderWay => Volatile.Read(ref _sendsUnderWay);

    /// <summary>Opens or creates the file, with all buckets in it (but see <see cref="BackendOptions.ReadOnly"/>). A damaged file gives <see cref="CorruptionException"/>.</summary>
    public static Backend Open(IFileSystem files, string path, BackendOptions options)
    {
        BoltDatabase database = BoltDatabase.Open(files, path, BoltOptionsOf(options));
        try
        {
            if (!options.ReadOnly)
            {
                RemoveLeftovers(files, path);
                CreateBuckets(database);
            }

            return new Backend(files, path, options, database);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Writes a record into the open batch. Records of bucket <c>key</c> come in ascending order and only once.</summary>
    public void Put(Bucket bucket, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (bucket == Bucket.Key)
        {
            bool isRevision = Revision.TryRead(key, out Revision revision, out bool tombstone);
            Invariant.That(isRevision, $"a key of bucket key is a revision, not {Convert.ToHexString(key)}");
            PutRecord(new StoredRevision(revision, tombstone), value.ToArray());
            return;
        }

        byte[] ownKey = key.ToArray();
        byte[] ownValue = value.ToArray();
        lock (_gate)
            _open.Set(bucket, ownKey, ownValue);
    }

    /// <summary>Removes a record; nothing happens if there is none.</summary>
    public void Delete(Bucket bucket, ReadOnlySpan<byte> key)
    {
        if (bucket == Bucket.Key)
        {
            bool isRevision = Revision.TryRead(key, out Revision revision, out bool tombstone);
            Invariant.That(isRevision, $"a key of bucket key is a revision, not {Convert.ToHexString(key)}");
            DeleteRecords([new StoredRevision(revision, tombstone)]);
            return;
        }

        byte[] ownKey = key.ToArray();
        lock (_gate)
            _open.Set(bucket, ownKey, null);
    }

    /// <summary>Remembers the entry whose effects the batch now holds; its commit writes index and term with them (contract/storage.md, 5.3).</summary>
    public void SetConsistentIndex(ulong index, ulong term)
    {
        lock (_gate)
        {
            ConsistentIndex = index;
            ConsistentTerm = term;
        }
    }

    /// <summary>Remembers the JSON of the configuration; the batch's commit writes it.</summary>
    public void SetConfState(ReadOnlyMemory<byte> json) => Put(Bucket.Meta, MetaKeys.ConfState, json.Span);

    /// <summary>
    /// Closes the open batch for committing. Call between entries only, so that an entry's effects are in one transaction.
    /// Null if there is nothing to write or another sealed batch is still waiting for its commit.
    /// </summary>
    /// <param name="force">Also when only the consistent index has moved.</param>
    public SealedBatch? Seal(bool force = false)
    {
        lock (_gate)
        {
            if (_sealed != null || (_open.Operations == 0 && !(force && ConsistentIndex != CommittedIndex)))
                return null;
            _sealed = new SealedBatch(_open.View(), _open.Operations, ConsistentIndex, ConsistentTerm);
            _open = new WriteBatch();
            return _sealed;
        }
    }

    /// <summary>
    /// Commits a sealed batch; durable on return. A failure leaves the backend unusable: the member must stop. Does nothing if somebody
    /// who needed everything committed has been faster.
    /// </summary>
    public void Commit(SealedBatch batch)
    {
        lock (_commitGate)
            CommitNeedsGate(batch);
    }

    /// <summary>Seals and commits everything on the caller's thread, which must own the apply thread (recovery, shutdown, forced commits).</summary>
    public void CommitNow()
    {
        lock (_commitGate)
        {
            if (_sealed is { } waiting)
                CommitNeedsGate(waiting);
            if (Seal(force: true) is { } batch)
                CommitNeedsGate(batch);
        }
    }

    /// <summary>A consistent view of everything written so far.</summary>
    public BackendRead OpenRead()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _committed.Acquire();
            return new BackendRead(_committed, _sealed?.View ?? BatchView.Empty, _open.View());
        }
    }

    /// <summary>
    /// Who gets a file that another has replaced, once nobody reads it and nothing is mapped; it has lost its name for good, also for a power cut. Null closes it, which frees
    /// all its space in one go. Called on the thread that leaves it last; it must return soon and not throw.
    /// </summary>
    public Action<IFile>? TakesReplaced { get; set; }

    /// <summary>The content hash of Maintenance.Hash (contract/storage.md, 6.7), over everything written so far.</summary>
    public uint Hash()
    {
        using BackendRead read = OpenRead();
        uint hash = 0;
        BoltCursor names = read.Committed.Cursor();
        for (bool any = names.First(); any; any = names.Next())
        {
            hash = Crc32C.Update(hash, names.Key);
            hash = BucketNames.Find(names.Key) is { } known
                ? HashBucket(read, known, hash)
                : HashForeignBucket(read.Committed.Bucket(names.Key), hash);
        }

        return hash;
    }

    /// <summary>The image of the last commit for Maintenance.Snapshot (contract/storage.md, 7.1). Commit first what must be in it.</summary>
    /// <param name="forFollower">It is on its way to another member: see <see cref="SendsUnderWay"/>.</param>
    public BackendImage OpenImage(bool forFollower = false)
    {
        CommittedState committed;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            committed = _committed;
            committed.Acquire();
        }

        // Without the batches: they are no part of it, and it may be read for long.
        if (forFollower)
            Interlocked.Increment(ref _sendsUnderWay);
        return new BackendImage(new BackendRead(committed, BatchView.Empty, BatchView.Empty), forFollower ? () => Interlocked.Decrement(ref _sendsUnderWay) : null);
    }

    /// <summary>Closes the file. What was not committed is dropped. Reads still open keep theirs alive.</summary>
    public void Dispose()
    {
        lock (_commitGate)
        {
            CommittedState committed;
            lock (_gate)
            {
                if (_disposed)
                    return;
                _disposed = true;
                committed = _committed;
            }

            _defragmentation?.Dispose();
            committed.CloseDatabaseWithIt();
            committed.Release();
        }
    }

    /// <summary>Writes a record of history. The bytes are kept, not copied: they never change.</summary>
    internal void PutRecord(StoredRevision key, ReadOnlyMemory<byte> value)
    {
        lock (_gate)
            _open.Append(key, value);
    }

    /// <summary>Removes records of history, given in ascending order.</summary>
    internal void DeleteRecords(ReadOnlySpan<StoredRevision> keys)
    {
        lock (_gate)
            _open.Delete(keys);
    }

    private static uint HashBucket(BackendRead read, Bucket bucket, uint hash)
    {
        BackendCursor cursor = read.Scan(bucket, []);
        while (cursor.MoveNext())
        {
            if (bucket == Bucket.Meta && (cursor.Key.SequenceEqual(MetaKeys.ConsistentIndex) || cursor.Key.SequenceEqual(MetaKeys.Term)
                || cursor.Key.SequenceEqual(MetaKeys.StorageVersion)))
            {
                continue;
            }

            hash = Crc32C.Update(Crc32C.Update(hash, cursor.Key), cursor.Value);
        }

        return hash;
    }

    private static uint HashForeignBucket(BoltBucket? bucket, uint hash)
    {
        if (bucket?.Cursor() is not { } cursor)
            return hash;
        for (bool any = cursor.First(); any; any = cursor.Next())
            hash = Crc32C.Update(Crc32C.Update(hash, cursor.Key), cursor.Value);
        return hash;
    }

    private static BoltOptions BoltOptionsOf(BackendOptions options) => new()
    {
        ReadOnly = options.ReadOnly,
        NoSync = options.UnsafeNoFsync,
        LockMemory = options.LockMemory,
        InitialMapBytes = options.InitialMapBytes,
        LockTimeout = options.LockTimeout,
    };

    private static void CreateBuckets(BoltDatabase database)
    {
        bool complete = true;
        using (BoltReadTransaction read = database.BeginRead())
        {
            for (int i = 0; i < BucketNames.Count; i++)
                complete &= read.Bucket(BucketNames.Of((Bucket)i)) != null;
        }

        if (complete)
            return;
        using BoltWriteTransaction write = database.BeginWrite();
        for (int i = 0; i < BucketNames.Count; i++)
            write.CreateBucketIfMissing(BucketNames.Of((Bucket)i));
        write.Commit();
    }

    private ulong ReadMeta(CommittedState committed, ReadOnlySpan<byte> key)
    {
        // A file that is only looked at may lack the bucket.
        if (committed.Bucket(Bucket.Meta) is not { } meta || !meta.TryGet(key, out ReadOnlySpan<byte> value))
            return 0;
        return value.Length == sizeof(ulong)
            ? BinaryPrimitives.ReadUInt64BigEndian(value)
            : throw new CorruptionException(_path, 0, $"8 bytes at meta/{System.Text.Encoding.ASCII.GetString(key)}", $"{value.Length} bytes");
    }

    private void CommitNeedsGate(SealedBatch batch)
    {
        if (batch.IsCommitted)
            return;
        Invariant.That(ReferenceEquals(batch, _sealed), $"only the batch that was sealed last is committed");
        ThrowIfFailed();
        try
        {
            WriteBatchInto(batch);
        }
        catch (Exception e)
        {
            _failure = e;
            throw;
        }

        batch.IsCommitted = true;
        _defragmentation?.OnCommitted(batch);
        Publish(_database, new CommittedState(_database), batch);
    }

    private void ThrowIfFailed()
    {
        if (_failure != null)
            throw new IOException($"{_path}: nothing is written after a commit failed", _failure);
    }

    // From here on reads need the batch no more: the committed state holds it.
    private void Publish(BoltDatabase database, CommittedState next, SealedBatch? committed)
    {
        CommittedState previous;
        lock (_gate)
        {
            previous = _committed;
            _committed = next;
            _database = database;
            if (committed != null)
            {
                Volatile.Write(ref _committedIndex, committed.ConsistentIndex);
                Volatile.Write(ref _sealed, null);
            }
        }

        previous.Release();
    }

    private void WriteBatchInto(SealedBatch batch)
    {
        using BoltWriteTransaction transaction = _database.BeginWrite();
        WriteHistory(transaction, batch.View);
        for (int i = 0; i < BucketNames.Count; i++)
        {
            if (batch.View.Changes((Bucket)i) is not { } changes)
                continue;
            BoltBucket bucket = transaction.CreateBucketIfMissing(BucketNames.Of((Bucket)i));
            foreach ((byte[] key, byte[]? value) in changes)
            {
                if (value == null)
                    bucket.Delete(key);
                else
                    bucket.PutWithoutCopy(key, value);
            }
        }

        WriteConsistentIndex(transaction, batch);
        transaction.Commit();
    }

    private static void WriteHistory(BoltWriteTransaction transaction, BatchView view)
    {
        if (view.LogCount == 0 && view.Deleted.Length == 0)
            return;
        BoltBucket bucket = transaction.CreateBucketIfMissing(BucketNames.Of(Bucket.Key));
        bucket.FillPercent = 0.9;
        var keys = new byte[view.LogCount * Revision.TombstoneKeyLength];
        int used = 0;
        foreach (ref readonly LogRecord record in view.Log)
        {
            if (view.Deletes(record.Key.Revision))
                continue;
            int length = record.Key.Write(keys.AsSpan(used));
            bucket.PutWithoutCopy(keys.AsMemory(used, length), record.Value);
            used += length;
        }

        Span<byte> key = stackalloc byte[Revision.TombstoneKeyLength];
        foreach (StoredRevision deleted in view.Deleted)
            bucket.Delete(key[..deleted.Write(key)]);
    }

    // In the same transaction as the effects it covers: otherwise an entry would be applied twice after a crash.
    private static void WriteConsistentIndex(BoltWriteTransaction transaction, SealedBatch batch)
    {
        if (batch.ConsistentIndex == 0)
            return;
        BoltBucket meta = transaction.CreateBucketIfMissing(BucketNames.Of(Bucket.Meta));
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(number, batch.ConsistentIndex);
        meta.Put(MetaKeys.ConsistentIndex, number);
        if (batch.ConsistentTerm == 0)
            return;
        BinaryPrimitives.WriteUInt64BigEndian(number, batch.ConsistentTerm);
        meta.Put(MetaKeys.Term, number);
    }
}

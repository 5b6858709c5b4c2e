#pragma warning disable CA1822, IDE0060
using Tenet.Foundation;
using Tenet.Foundation.Files;

namespace Tenet.Bolt;

/// <summary>One database file: a copy-on-write B+tree with many concurrent readers and one writer.</summary>
public sealed class BoltDatabase : IDisposable
{
    private BoltDatabase() { }

    /// <summary>Opens the file, and creates it unless <see cref="BoltOptions.ReadOnly"/> is set. Waits for the file lock, trying every 50 ms.</summary>
    /// <exception cref="TimeoutException">Another process holds the lock.</exception>
    /// <exception cref="CorruptionException">No meta page is valid, or the tree or the free list is damaged.</exception>
    public static BoltDatabase Open(IFileSystem files, string path, BoltOptions options, CancellationToken cancel = default) =>
        throw new NotImplementedException();

    /// <summary>The file.</summary>
    public string Path => throw new NotImplementedException();

    /// <summary>Bytes of a page, as the file says.</summary>
    public int PageSize => throw new NotImplementedException();

    /// <summary>Whether writes are refused.</summary>
    public bool IsReadOnly => throw new NotImplementedException();

    /// <summary>Size of the newest committed state in bytes: pages ever used times page size, not the file's length (contract/storage.md, 4.8).</summary>
    public long Size => throw new NotImplementedException();

    /// <summary><see cref="Size"/> less the pages that were free when the last write transaction ended.</summary>
    public long SizeInUse => throw new NotImplementedException();

    /// <summary>The txid of the newest committed state.</summary>
    public ulong TxId => throw new NotImplementedException();

    /// <summary>What was wrong with the meta page that could not be used at opening, or null. The other one serves.</summary>
    public CorruptionException? DamagedMeta => throw new NotImplementedException();

    /// <summary>Begins a stable view of the newest committed state. Any thread; never waits for the writer.</summary>
    public BoltReadTransaction BeginRead() => throw new NotImplementedException();

    /// <summary>Begins the one write transaction; waits until the one before has ended.</summary>
    /// <exception cref="IOException">A sync failed earlier: nothing more is written.</exception>
    public BoltWriteTransaction BeginWrite() => throw new NotImplementedException();

    /// <summary>Closes the file; waits for the write transaction to end. The lock is kept until the last reader has left.</summary>
    public void Dispose() => throw new NotImplementedException();
}

/// <summary>A stable view of one committed state. Spans and memory handed out by it and its buckets and cursors are valid until it is disposed.</summary>
public class BoltReadTransaction : IDisposable
{
    private protected BoltReadTransaction() { }

    /// <summary>The committed state this view shows; for a write transaction, the one it will commit.</summary>
    public ulong TxId => throw new NotImplementedException();

    /// <summary>Pages ever used times page size, in bytes.</summary>
    public long Size => throw new NotImplementedException();

    /// <summary>Whether this is a write transaction.</summary>
    public virtual bool IsWritable => false;

    /// <summary>The top-level bucket of this name, or null.</summary>
    public BoltBucket? Bucket(ReadOnlySpan<byte> name) => throw new NotImplementedException();

    /// <summary>A cursor over the names of the top-level buckets.</summary>
    public BoltCursor Cursor() => throw new NotImplementedException();

    /// <summary>Length in bytes of the snapshot image (contract/storage.md, 7.1).</summary>
    public long ImageLength => throw new NotImplementedException();

    /// <summary>Copies a part of the snapshot image, so that it can be sent in chunks of any size.</summary>
    /// <returns>Bytes copied; fewer than asked only at the end of the image.</returns>
    public int ReadImage(long offset, Span<byte> destination) => throw new NotImplementedException();

    /// <summary>Writes the whole snapshot image.</summary>
    public void WriteImage(Stream target) => throw new NotImplementedException();

    /// <summary>Checks every page of the committed state (contract/storage.md, 4.10); a write transaction checks the state that it began from.</summary>
    public BoltCheckReport Check() => throw new NotImplementedException();

    /// <summary>Ends the view; of a write transaction that was not committed, drops the changes.</summary>
    public void Dispose() => throw new NotImplementedException();
}

/// <summary>The one transaction that changes the file. Used by one thread at a time; ends with <see cref="Commit"/>, or with Dispose, which rolls back.</summary>
public sealed class BoltWriteTransaction : BoltReadTransaction
{
    /// <inheritdoc/>
    public override bool IsWritable => true;

    /// <summary>Makes a top-level bucket.</summary>
    /// <exception cref="InvalidOperationException">It exists.</exception>
    public BoltBucket CreateBucket(ReadOnlySpan<byte> name) => throw new NotImplementedException();

    /// <summary>The top-level bucket of this name, made if it is missing.</summary>
    public BoltBucket CreateBucketIfMissing(ReadOnlySpan<byte> name) => throw new NotImplementedException();

    /// <summary>Removes a top-level bucket with everything in it.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public void DeleteBucket(ReadOnlySpan<byte> name) => throw new NotImplementedException();

    /// <summary>Makes the changes durable and visible to transactions that begin later. On any error the changes are dropped.</summary>
    /// <exception cref="IOException">Writing failed (the database stays usable) or a sync failed (every later write is refused).</exception>
    public void Commit() => throw new NotImplementedException();
}

/// <summary>A sorted map of keys to values and nested buckets, seen through one transaction.</summary>
public sealed class BoltBucket
{
    private BoltBucket() { }

    /// <summary>How full a page is made when a node is split, 0.1 to 1.0 of the page; 0.5 by default, 0.9 suits ascending keys.</summary>
    public double FillPercent { get; set; }

    /// <summary>The bucket's own counter; etcd leaves it 0.</summary>
    public ulong Sequence { get => throw new NotImplementedException(); set => throw new NotImplementedException(); }

    /// <summary>Raises <see cref="Sequence"/> by one and returns it.</summary>
    public ulong NextSequence() => throw new NotImplementedException();

    /// <summary>Looks a key up. False if it is missing or names a nested bucket. On a committed state it allocates nothing.</summary>
    public bool TryGet(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value) => throw new NotImplementedException();

    /// <summary>Sets a key; both spans are copied.</summary>
    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => throw new NotImplementedException();

    /// <summary>Sets a key without copying: neither buffer may change until the transaction has ended.</summary>
    public void PutWithoutCopy(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value) => throw new NotImplementedException();

    /// <summary>Removes a key. False if it was not there.</summary>
    public bool Delete(ReadOnlySpan<byte> key) => throw new NotImplementedException();

    /// <summary>A new cursor over keys and nested buckets, not yet positioned.</summary>
    public BoltCursor Cursor() => throw new NotImplementedException();

    /// <summary>The nested bucket of this name, or null.</summary>
    public BoltBucket? Bucket(ReadOnlySpan<byte> name) => throw new NotImplementedException();

    /// <summary>Makes a nested bucket.</summary>
    public BoltBucket CreateBucket(ReadOnlySpan<byte> name) => throw new NotImplementedException();

    /// <summary>The nested bucket of this name, made if it is missing.</summary>
    public BoltBucket CreateBucketIfMissing(ReadOnlySpan<byte> name) => throw new NotImplementedException();

    /// <summary>Removes a nested bucket with everything in it.</summary>
    public void DeleteBucket(ReadOnlySpan<byte> name) => throw new NotImplementedException();

    /// <summary>Walks the committed form of this bucket and counts.</summary>
    public BoltBucketStats Stats() => throw new NotImplementedException();
}

/// <summary>
/// A position in a bucket. It may be moved any number of times and be kept for the life of its transaction. After changes to the bucket it
/// goes on from the key where it stood.
/// </summary>
public sealed class BoltCursor
{
    private BoltCursor() { }

    /// <summary>Whether the cursor stands on an entry.</summary>
    public bool IsValid => throw new NotImplementedException();

    /// <summary>The key at the cursor; empty if it stands on none.</summary>
    public ReadOnlySpan<byte> Key => throw new NotImplementedException();

    /// <summary>The value at the cursor; empty on a nested bucket.</summary>
    public ReadOnlySpan<byte> Value => throw new NotImplementedException();

    /// <summary>Whether the entry is a nested bucket.</summary>
    public bool IsBucket => throw new NotImplementedException();

    /// <summary>Moves to the smallest key.</summary>
    public bool First() => throw new NotImplementedException();

    /// <summary>Moves to the largest key.</summary>
    public bool Last() => throw new NotImplementedException();

    /// <summary>Moves to the next larger key; on a cursor not yet positioned, or in front of the smallest key, to the smallest.</summary>
    public bool Next() => throw new NotImplementedException();

    /// <summary>Moves to the next smaller key; on a cursor not yet positioned, or behind the largest key, to the largest.</summary>
    public bool Previous() => throw new NotImplementedException();

    /// <summary>Moves to the smallest key at or above this one.</summary>
    public bool Seek(ReadOnlySpan<byte> key) => throw new NotImplementedException();
}

/// <summary>Copies a database into a new file without its free space.</summary>
public static class BoltCompaction
{
    /// <summary>
    /// Copies every bucket, in key order, into an empty database. A commit after each <paramref name="operationsPerCommit"/> records, or
    /// 8 MiB of them, bounds the memory.
    /// </summary>
    public static void CopyTo(BoltReadTransaction source, BoltDatabase target, int operationsPerCommit = 10_000, double fillPercent = 0.9) =>
        throw new NotImplementedException();
}

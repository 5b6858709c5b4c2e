using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Tenet.Bolt.Files;
using Tenet.Bolt.Pages;
using Tenet.Bolt.Trees;

namespace Tenet.Bolt;

/// <summary>A sorted map of keys to values and nested buckets, seen through one transaction.</summary>
public sealed class BoltBucket
{
    private const double FillPercentDefault = 0.5;

    private readonly BoltReadTransaction _transaction;
    private readonly Tree _tree;
    private ulong _sequence;
    private bool _sequenceChanged;
    private bool _deleted;

    /// <summary>Nested buckets opened in a write transaction, so that all users of one see one set of changes.</summary>
    private Dictionary<byte[], BoltBucket>? _opened;

    internal BoltBucket(BoltReadTransaction transaction, Tree tree, ulong sequence)
    {
        _transaction = transaction;
        _tree = tree;
        _sequence = sequence;
    }

    /// <summary>
    /// How full a page is made when a node is divided, 0.1 to 1.0 of the page: 0.5 by default, 0.9 suits ascending keys. Holds for this
    /// transaction.
    /// </summary>
    public double FillPercent { get; set; } = FillPercentDefault;

    /// <summary>The bucket's own counter; etcd leaves it 0.</summary>
    public ulong Sequence
    {
        get => _sequence;
        set
        {
            _ = Writer();
            _sequence = value;
            _sequenceChanged = true;
        }
    }

    /// <summary>The root page as of the last commit; 0 for an inline bucket.</summary>
    internal ulong RootPage => _tree.RootPage;

    internal Tree Tree => _tree;

    /// <summary>Raises <see cref="Sequence"/> by one and returns it.</summary>
    public ulong NextSequence() => ++Sequence;

    /// <summary>Looks a key up. False if it is missing or names a nested bucket. On a committed state it allocates nothing.</summary>
    public bool TryGet(scoped ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        ThrowIfEnded();
        if (_tree.TryFind(key, out uint flags, out value) && (flags & PageFlags.BucketElement) == 0)
            return true;
        value = default;
        return false;
    }

    /// <summary>A new cursor over keys and nested buckets, not yet positioned.</summary>
    public BoltCursor Cursor()
    {
        ThrowIfEnded();
        return new BoltCursor(this, _transaction);
    }

    /// <summary>The nested bucket of this name, or null.</summary>
    public BoltBucket? Bucket(ReadOnlySpan<byte> name)
    {
        ThrowIfEnded();
        if (_opened is not null && _opened.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out BoltBucket? opened))
            return opened;
        if (!_tree.TryFindMemory(name, out uint flags, out ReadOnlyMemory<byte> value, out long offset) || (flags & PageFlags.BucketElement) == 0)
            return null;
        BoltBucket bucket = OpenNested(value, offset);
        if (_transaction.IsWritable)
            (_opened ??= new(ByteStringComparer.Instance)).Add(name.ToArray(), bucket);
        return bucket;
    }

    /// <summary>Sets a key; both spans are copied.</summary>
    /// <exception cref="ArgumentException">The key is empty or too large, or the value is too large.</exception>
    /// <exception cref="InvalidOperationException">The key names a nested bucket, or the transaction does not write.</exception>
    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        BoltWriteTransaction writer = Writer();
        RequireSizes(key.Length, value.Length);
        _tree.Put(writer.Keep(key), writer.Keep(value), 0);
    }

    /// <summary>Sets a key without copying: neither buffer may change until the transaction has ended.</summary>
    /// <exception cref="ArgumentException">The key is empty or too large, or the value is too large.</exception>
    /// <exception cref="InvalidOperationException">The key names a nested bucket, or the transaction does not write.</exception>
    public void PutWithoutCopy(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value)
    {
        _ = Writer();
        RequireSizes(key.Length, value.Length);
        _tree.Put(key, value, 0);
    }

    /// <summary>Removes a key.</summary>
    /// <returns>False if it was not there.</returns>
    /// <exception cref="InvalidOperationException">The key names a nested bucket, or the transaction does not write.</exception>
    public bool Delete(ReadOnlySpan<byte> key)
    {
        _ = Writer();
        return _tree.Delete(key, 0);
    }

    /// <summary>Makes a nested bucket.</summary>
    /// <exception cref="InvalidOperationException">The name is in use, or the transaction does not write.</exception>
    public BoltBucket CreateBucket(ReadOnlySpan<byte> name)
    {
        BoltWriteTransaction writer = Writer();
        RequireSizes(name.Length, 0);
        if (_tree.TryFind(name, out uint flags, out _))
            throw new InvalidOperationException((flags & PageFlags.BucketElement) != 0 ? "bucket already exists" : "incompatible value");
        _tree.Put(writer.Keep(name), BucketHeader.EmptyBucket(), PageFlags.BucketElement);
        return Bucket(name)!;
    }

    /// <summary>The nested bucket of this name, made if it is missing.</summary>
    /// <exception cref="InvalidOperationException">The name is a key with a value, or the transaction does not write.</exception>
    public BoltBucket CreateBucketIfMissing(ReadOnlySpan<byte> name)
    {
        _ = Writer();
        return Bucket(name) ?? CreateBucket(name);
    }

    /// <summary>Removes a nested bucket with everything in it.</summary>
    /// <exception cref="InvalidOperationException">There is none, or the transaction does not write.</exception>
    public void DeleteBucket(ReadOnlySpan<byte> name)
    {
        _ = Writer();
        if (!_tree.TryFind(name, out uint flags, out _))
            throw new InvalidOperationException("bucket not found");
        if ((flags & PageFlags.BucketElement) == 0)
            throw new InvalidOperationException("incompatible value");
        Bucket(name)!.Drop();
        _opened!.GetAlternateLookup<ReadOnlySpan<byte>>().Remove(name);
        _tree.Delete(name, PageFlags.BucketElement);
    }

    /// <summary>Walks the committed form of this bucket and of those inside it, and counts. Changes of the running transaction are not seen.</summary>
    public BoltBucketStats Stats()
    {
        ThrowIfEnded();
        return BucketStatsWalk.Run(_tree, _transaction.Snapshot.Pages);
    }

    /// <summary>At commit: merges, divides and places this bucket's nodes, those of nested buckets first.</summary>
    internal void WriteChanges(DirtyPages pages, bool isRoot)
    {
        if (_opened is not null)
            WriteOpened(pages);
        if (_tree.Root is null)
            return;
        long startedAt = Stopwatch.GetTimestamp();
        _tree.Rebalance(FillPercent);
        pages.Merging += Stopwatch.GetElapsedTime(startedAt);
        if (isRoot || !_tree.FitsInline(pages.PageSize))
            _tree.Spill(pages, FillPercent);
    }

    internal void ThrowIfEnded()
    {
        _transaction.ThrowIfEnded();
        if (_deleted)
            ThrowDeleted();
    }

    private void WriteOpened(DirtyPages pages)
    {
        // In key order, so that the same transaction always makes the same file.
        byte[][] names = [.. _opened!.Keys];
        Array.Sort(names, static (left, right) => left.AsSpan().SequenceCompareTo(right));
        foreach (byte[] name in names)
        {
            BoltBucket bucket = _opened[name];
            bucket.WriteChanges(pages, isRoot: false);
            if (bucket._tree.Root is not null || bucket._sequenceChanged)
                _tree.Put(name, bucket.ToValue(pages.PageSize), PageFlags.BucketElement);
        }
    }

    /// <summary>The value under which the parent stores this bucket.</summary>
    private byte[] ToValue(int pageSize)
    {
        byte[] value;
        if (_tree.Root is null)
        {
            value = new byte[BucketHeader.Bytes + _tree.InlinePage.Length];
            _tree.InlinePage.CopyTo(value.AsMemory(BucketHeader.Bytes));
        }
        else if (_tree.FitsInline(pageSize))
        {
            value = _tree.ToInline(BucketHeader.Bytes);
        }
        else
        {
            value = new byte[BucketHeader.Bytes];
        }

        new BucketHeader(_tree.RootPage, _sequence).Write(value);
        return value;
    }

    private BoltBucket OpenNested(ReadOnlyMemory<byte> value, long offset)
    {
        PageSource pages = _transaction.Snapshot.Pages;
        BucketHeader header = BucketHeader.Read(value.Span, pages.Path, offset);
        ReadOnlyMemory<byte> inline = header.Root == 0 ? value[BucketHeader.Bytes..] : default;
        var tree = new Tree(pages, (_transaction as BoltWriteTransaction)?.Ledger, header.Root, inline, offset + BucketHeader.Bytes);
        return new BoltBucket(_transaction, tree, header.Sequence);
    }

    private void Drop()
    {
        var nested = new List<(ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte> Value)>();
        _tree.FreeAll((name, value) => nested.Add((name, value)));
        foreach ((ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> value) in nested)
        {
            if (_opened is null || !_opened.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name.Span, out BoltBucket? bucket))
                bucket = OpenNested(value, 0);
            bucket.Drop();
        }

        _deleted = true;
    }

    private BoltWriteTransaction Writer()
    {
        ThrowIfEnded();
        return _transaction as BoltWriteTransaction ?? throw new InvalidOperationException("tx not writable");
    }

    private static void RequireSizes(int keyLength, int valueLength)
    {
        if (keyLength == 0)
            throw new ArgumentException("key required");
        if (keyLength > BoltLimits.KeyBytesMax)
            throw new ArgumentException("key too large");
        if (valueLength > BoltLimits.ValueBytesMax)
            throw new ArgumentException("value too large");
    }

    [DoesNotReturn]
    private static void ThrowDeleted() => throw new InvalidOperationException("the bucket was deleted in this transaction");
}

using Tenet.Bolt;
using Tenet.State.Mvcc;

namespace Tenet.State.Backends;

/// <summary>
/// What the backend held at one moment: the file's committed content under the batches that were not yet in it. Safe to use from one
/// thread at a time. Spans it hands out are valid until it is disposed.
/// </summary>
public sealed class BackendRead : IDisposable
{
    // How far ahead a revision may be to look for it at the next place before it is searched for.
    private const ulong NearRevisions = 16;

    private readonly CommittedState _committed;
    private readonly BatchView _sealed;
    private readonly BatchView _open;
    private BoltCursor? _records;
    private bool _recordsAtLast;
    private long _lastMain;
    private bool _disposed;

    internal BackendRead(CommittedState committed, BatchView sealedView, BatchView open)
    {
        _committed = committed;
        _sealed = sealedView;
        _open = open;
    }

    /// <summary>The value of a key.</summary>
    public bool TryGet(Bucket bucket, ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (bucket == Bucket.Key)
        {
            return Revision.TryRead(key, out Revision revision, out _) && !_open.Deletes(revision) && !_sealed.Deletes(revision)
                && TryGetRecord(new StoredRevision(revision, key.Length == Revision.TombstoneKeyLength), out value);
        }

        if (_open.Changes(bucket) is { } open && open.TryGetValue(key.ToArray(), out byte[]? changed))
        {
            value = changed;
            return changed != null;
        }

        if (_sealed.Changes(bucket) is { } waiting && waiting.TryGetValue(key.ToArray(), out changed))
        {
            value = changed;
            return changed != null;
        }

        return _committed.Bucket(bucket) is { } stored && stored.TryGet(key, out value);
    }

    /// <summary>The records of a bucket from <paramref name="start"/> on, in key order.</summary>
    public BackendCursor Scan(Bucket bucket, ReadOnlySpan<byte> start) => new(
        Overlay(_open, bucket, start), Overlay(_sealed, bucket, start), _committed.Bucket(bucket)?.Cursor(), start,
        bucket == Bucket.Key && _open.Deleted.Length + _sealed.Deleted.Length > 0 ? revision => _open.Deletes(revision) || _sealed.Deletes(revision) : null);

    /// <summary>The record of a revision, also if it was deleted since the last commit: the key index decides what exists.</summary>
    internal bool TryGetRecord(StoredRevision key, out ReadOnlySpan<byte> value)
    {
        if (_open.TryGetLogged(key.Revision, out ReadOnlyMemory<byte> logged) || _sealed.TryGetLogged(key.Revision, out logged))
        {
            value = logged.Span;
            return true;
        }

        Span<byte> bytes = stackalloc byte[Revision.TombstoneKeyLength];
        bytes = bytes[..key.Write(bytes)];
        value = default;
        return _committed.Bucket(Bucket.Key) is { } stored && stored.TryGet(bytes, out value);
    }

    /// <summary>
    /// As <see cref="TryGetRecord"/>, for many records in a row: keys that were written one after another lie one after another in the file,
    /// so the next record is often where the cursor steps next.
    /// </summary>
    internal bool TryGetNextRecord(StoredRevision key, out ReadOnlySpan<byte> value)
    {
        if (_open.TryGetLogged(key.Revision, out ReadOnlyMemory<byte> logged) || _sealed.TryGetLogged(key.Revision, out logged))
        {
            value = logged.Span;
            return true;
        }

        Span<byte> bytes = stackalloc byte[Revision.TombstoneKeyLength];
        bytes = bytes[..key.Write(bytes)];
        value = default;
        if (_committed.Bucket(Bucket.Key) is not { } stored)
            return false;
        bool isNear = (ulong)(key.Revision.Main - _lastMain) <= NearRevisions;
        _lastMain = key.Revision.Main;
        if (!isNear)
        {
            _recordsAtLast = false;
            return stored.TryGet(bytes, out value);
        }

        _records ??= stored.Cursor();
        _recordsAtLast = (_recordsAtLast && _records.Next() && _records.Key.SequenceEqual(bytes))
            || (_records.Seek(bytes) && _records.Key.SequenceEqual(bytes));
        if (_recordsAtLast)
            value = _records.Value;
        return _recordsAtLast;
    }

    internal BoltReadTransaction Committed => _committed.Transaction;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _committed.Release();
    }

    private static IOverlayCursor? Overlay(BatchView view, Bucket bucket, ReadOnlySpan<byte> start)
    {
        if (bucket == Bucket.Key)
            return view.LogCount == 0 ? null : new LogCursor(view, start);
        return view.Changes(bucket) is { } changes ? new ChangesCursor(changes, start) : null;
    }
}

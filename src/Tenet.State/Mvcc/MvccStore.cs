using Tenet.Foundation;
using Tenet.State.Backends;
using Tenet.State.Mvcc.Index;

namespace Tenet.State.Mvcc;

/// <summary>
/// Keys with their history (contract/storage.md, 6). Readers are on any thread and see one revision; one thread (the apply thread) writes.
/// </summary>
/// <remarks>
/// <c>_indexLock</c> guards the key index, the revisions and what a write transaction has not published yet. It is held for a bounded
/// number of keys at a time, never across I/O; the backend's <c>_gate</c> may be taken under it. A read that needs the index in more than
/// one slice pins its revision, so that no compaction prunes what it still has to visit; and it keeps the index that it began with, in case that a
/// leader's snapshot puts another in its place (<see cref="Replace"/>).
/// </remarks>
public sealed partial class MvccStore : IDisposable
{
    // Keys visited under the lock in one go: some ten microseconds.
    private const int SliceKeys = 512;

    private readonly Backend _backend;
    private readonly ILeaseAttachments _leases;
    private KeyIndex _index;
    private readonly ReaderWriterLockSlim _indexLock = new(LockRecursionPolicy.NoRecursion);
    private readonly RevisionPins _pins = new();
    private readonly MvccWrite _write;

    // Keys that came or went in the write transaction under way: the index counts them already, readers must not.
    private readonly List<(ReadOnlyMemory<byte> Key, int Change)> _unpublished = [];
    private long _currentRevision;
    private long _compactRevision;

    private MvccStore(Backend backend, ILeaseAttachments leases)
    {
        _backend = backend;
        _leases = leases;
        _index = new KeyIndex();
        _write = new MvccWrite(this);
    }

    /// <summary>The revision of the last write transaction that changed something; 1 on an empty store.</summary>
    public long CurrentRevision => Volatile.Read(ref _currentRevision);

    /// <summary>The revision of the last accepted compaction; −1 if there was none.</summary>
    public long CompactRevision => Volatile.Read(ref _compactRevision);

    /// <summary>Is told of writes; set once, before the first.</summary>
    public IMvccObserver? Observer { get; set; }

    /// <summary>Keys that exist now.</summary>
    public int KeyCount
    {
        get
        {
            _indexLock.EnterReadLock();
            try
            {
                return _index.LiveCount;
            }
            finally
            {
                _indexLock.ExitReadLock();
            }
        }
    }

    /// <summary>Rebuilds the index from the backend and attaches keys to leases, which must be loaded before (contract/storage.md, 6.4).</summary>
    public static MvccStore Restore(Backend backend, ILeaseAttachments leases, IParallelRunner runner)
    {
        var restore = new HistoryRestore(backend, runner);
        restore.Run();
        restore.AttachLeases(leases);
        var store = new MvccStore(backend, leases);
        store.Take(restore);
        return store;
    }

    /// <summary>Begins a write transaction; dispose it to end it. Apply thread; one at a time.</summary>
    public MvccWrite BeginWrite()
    {
        _write.Begin(_currentRevision);
        return _write;
    }

    /// <summary>
    /// The encoded KeyValue of a key as of a revision (0: now), copied. False if there was none, or if it cannot be known any more or yet.
    /// </summary>
    public bool TryGetAt(ReadOnlySpan<byte> key, long revision, out ReadOnlyMemory<byte> keyValue)
    {
        keyValue = default;
        using var findings = new RangeFindings();
        var query = new RangeQuery { Range = KeyRange.Of(key, []), Revision = revision };
        if (Find(query, findings) != null || findings.Count == 0)
            return false;
        keyValue = LoadRecord(findings.Read!, findings.RevisionAt(0)).ToArray();
        return true;
    }

    /// <summary>Ends its use: nobody may be in a call. The backend stays open.</summary>
    public void Dispose()
    {
        _write.Dispose();
        _indexLock.Dispose();
    }

    /// <summary>Opens a view in which several reads agree.</summary>
    internal ReadView OpenView()
    {
        _indexLock.EnterReadLock();
        try
        {
            var view = new ReadView(_pins, _index, _currentRevision, _compactRevision, _backend.OpenRead());
            _pins.Add(view.CurrentRevision);
            return view;
        }
        finally
        {
            _indexLock.ExitReadLock();
        }
    }

    /// <summary>The record of a revision that the index refers to.</summary>
    internal ReadOnlySpan<byte> LoadRecord(BackendRead read, Revision revision)
    {
        if (!read.TryGetRecord(new StoredRevision(revision, IsTombstone: false), out ReadOnlySpan<byte> record))
            throw Missing(revision);
        return record;
    }

    /// <summary>As <see cref="LoadRecord"/>, for many in a row.</summary>
    internal ReadOnlySpan<byte> LoadNextRecord(BackendRead read, Revision revision)
    {
        if (!read.TryGetNextRecord(new StoredRevision(revision, IsTombstone: false), out ReadOnlySpan<byte> record))
            throw Missing(revision);
        return record;
    }

    private CorruptionException Missing(Revision revision) => new(_backend.Path, 0, $"a record of revision {revision.Main}_{revision.Sub}", "none");
}

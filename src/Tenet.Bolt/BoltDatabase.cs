using Tenet.Bolt.Files;
using Tenet.Bolt.Pages;
using Tenet.Bolt.Space;
using Tenet.Foundation;
using Tenet.Foundation.Files;

namespace Tenet.Bolt;

/// <summary>One database file: a copy-on-write B+tree with many concurrent readers and one writer.</summary>
/// <remarks>
/// A committed page is never changed in place. Readers see the state that was newest when they began, and neither side waits for the
/// other. Any thread may begin and end transactions. A read transaction and its buckets may be used by several threads at once, a cursor or
/// a write transaction by one.
/// </remarks>
public sealed class BoltDatabase : IDisposable
{
    private static readonly TimeSpan LockRetry = TimeSpan.FromMilliseconds(50);
    private const int WriteBufferBytes = 256 * 1024;

    private readonly IFile _file;
    private readonly BoltOptions _options;
    private string _path;
    private volatile bool _noSync;
    private readonly SemaphoreSlim _writer = new(1, 1);
    private readonly SequentialPageWriter _pageWriter = new(new byte[WriteBufferBytes]);
    private readonly PageLedger? _ledger;

    private readonly Lock _lock = new();
    // Guarded by _lock: the newest state, all states that are being read (ascending), and whether the database was closed.
    private readonly List<CommittedSnapshot> _read = [];
    private CommittedSnapshot _newest;
    private bool _closed;

    private MappingGeneration _generation;
    private long _fileLength;
    private long _freeBytes;
    private IOException? _poison;
    private Action<IFile>? _takesFile;

    private BoltDatabase(IFile file, BoltOptions options)
    {
        _file = file;
        _path = file.Path;
        _options = options;
        _noSync = options.NoSync;
        Meta meta = MetaSelection.Read(file, out CorruptionException? damage);
        DamagedMeta = damage;
        PageSize = meta.PageSize;
        _fileLength = file.Length;
        if (_fileLength < meta.Size)
            throw new CorruptionException(file.Path, _fileLength, $"{meta.HighWater} pages of {meta.PageSize} bytes", $"{_fileLength} bytes");

        long capacity = FileGrowth.MapBytes(Math.Max(_fileLength, options.InitialMapBytes));
        _generation = new MappingGeneration(file.Map(capacity));
        _newest = new CommittedSnapshot(meta, _generation, file.Path);
        _generation.Hold();
        try
        {
            KeepInMemory();
            if (!options.ReadOnly)
                _ledger = new PageLedger(FreePageScan.Load(_newest.Pages));
        }
        catch
        {
            _generation.Mapping.Dispose();
            throw;
        }

        _freeBytes = (_ledger?.FreeCount ?? 0) * PageSize;
    }

    /// <summary>Opens the file, and creates it unless <see cref="BoltOptions.ReadOnly"/> is set. Waits for the file lock, trying every 50 ms.</summary>
    /// <exception cref="TimeoutException">Another process holds the lock.</exception>
    /// <exception cref="CorruptionException">No meta page is valid, or the tree or the free list is damaged.</exception>
    /// <exception cref="IOException">The file cannot be opened, read or mapped.</exception>
    public static BoltDatabase Open(IFileSystem files, string path, BoltOptions options, CancellationToken cancel = default)
    {
        IFile file = options.ReadOnly
            ? files.Open(path, FileOpenMode.Existing, FileAccess.Read)
            : files.Open(path, FileOpenMode.OpenOrCreate, FileAccess.ReadWrite);
        try
        {
            if (!(options.ReadOnly && options.WithoutLock))
                WaitForLock(file, options, cancel);
            if (!options.ReadOnly)
                CreateIfNew(files, file, options);
            var database = new BoltDatabase(file, options);
            database.StoreFreelistIfMissing();
            return database;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The file.</summary>
    public string Path => Volatile.Read(ref _path);

    /// <summary>Bytes of a page, as the file says.</summary>
    public int PageSize { get; }

    /// <summary>How long the last commit of this process took. Read it on the thread that commits.</summary>
    public BoltCommitTimes LastCommit { get; internal set; }

    /// <summary>Whether writes are refused.</summary>
    public bool IsReadOnly => _options.ReadOnly;

    /// <summary>Size of the newest committed state in bytes: pages ever used times page size, not the file's length (contract/storage.md, 4.8).</summary>
    public long Size => Volatile.Read(ref _newest).Meta.Size;

    /// <summary><see cref="Size"/> less the pages that were free when the last write transaction ended.</summary>
    public long SizeInUse => Size - Volatile.Read(ref _freeBytes);

    /// <summary>Read transactions that are open.</summary>
    public int OpenReads
    {
        get
        {
            lock (_lock)
            {
                int open = 0;
                foreach (CommittedSnapshot snapshot in _read)
                    open += snapshot.Readers;
                return open;
            }
        }
    }

    /// <summary>The txid of the newest committed state.</summary>
    public ulong TxId => Volatile.Read(ref _newest).Meta.TxId;

    /// <summary>
    /// What was wrong with the meta page that could not be used at opening, or null. The other one serves; a crash while a meta page was
    /// being written looks the same and has lost nothing that was acknowledged.
    /// </summary>
    public CorruptionException? DamagedMeta { get; }

    /// <summary>
    /// The file was given another name while it is open; messages say that one from now on. The lock on it goes with the file.
    /// </summary>
    /// <param name="path">The new name.</param>
    /// <param name="noSync">Whether commits leave out every sync from the next one on, as <see cref="BoltOptions.NoSync"/>.</param>
    public void Renamed(string path, bool noSync)
    {
        Volatile.Write(ref _path, path);
        _noSync = noSync;
    }

    /// <summary>Begins a stable view of the newest committed state. Any thread; never waits for the writer.</summary>
    public BoltReadTransaction BeginRead()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            CommittedSnapshot snapshot = _newest;
            if (snapshot.Readers++ == 0)
                _read.Add(snapshot);
            return new BoltReadTransaction(this, snapshot);
        }
    }

    /// <summary>Begins the one write transaction; waits until the one before has ended.</summary>
    /// <exception cref="InvalidOperationException">The database was opened read-only.</exception>
    /// <exception cref="IOException">A sync failed earlier: nothing more is written.</exception>
    public BoltWriteTransaction BeginWrite()
    {
        if (_ledger is null)
            throw new InvalidOperationException("database is in read-only mode");
        _writer.Wait();
        try
        {
            if (_poison is { } poison)
                throw new IOException($"{Path} refuses writes, because what an earlier commit left on disk is not known: {poison.Message}", poison);
            ulong[] readers;
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_closed, this);
                readers = new ulong[_read.Count];
                for (int i = 0; i < readers.Length; i++)
                    readers[i] = _read[i].Meta.TxId;
            }

            _ledger.Begin(_newest.Meta.TxId + 1, readers);
            return new BoltWriteTransaction(this, _newest, _ledger);
        }
        catch
        {
            _writer.Release();
            throw;
        }
    }

    /// <summary>Closes the file; waits for the write transaction to end. The lock is kept until the last reader has left.</summary>
    public void Dispose() => DisposeInto(null);

    /// <summary>As <see cref="Dispose"/>, but the file is not closed: once the last reader has left and nothing is mapped, it is given to somebody.</summary>
    /// <param name="takesFile">Called once, on the thread that leaves last; the file is its from then on. It must return soon and not throw.</param>
    public void DisposeInto(Action<IFile>? takesFile)
    {
        _writer.Wait();
        try
        {
            lock (_lock)
            {
                if (_closed)
                    return;
                _closed = true;
                _takesFile = takesFile;
                if (_read.Count == 0)
                    Close();
            }
        }
        finally
        {
            _writer.Release();
        }
    }

    internal bool StoresFreelist => !_options.NoFreelistSync;

    internal bool IsStrict => _options.Strict;

    internal void EndRead(CommittedSnapshot snapshot)
    {
        lock (_lock)
        {
            if (--snapshot.Readers > 0)
                return;
            _read.Remove(snapshot);
            if (snapshot != _newest)
                snapshot.Generation.LetGo();
            if (_closed && _read.Count == 0)
                Close();
        }
    }

    /// <summary>Free and pending pages of this snapshot; null where they are not known.</summary>
    internal ulong[]? FreePagesOf(CommittedSnapshot snapshot)
    {
        if (_ledger is null)
            return null;
        // The ledger moves on right after a commit is published, both within the lock, so the two are never out of step here.
        lock (_lock)
            return snapshot == _newest ? _ledger.Committed() : null;
    }

    /// <summary>Makes a commit durable, in the order of contract/storage.md 4.7: growth, pages, sync, meta, sync.</summary>
    internal void Store(in Meta meta, DirtyPages pages)
    {
        Meta before = _newest.Meta;
        if (meta.HighWater > before.HighWater)
            Grow(meta);
        _pageWriter.Begin(_file);
        pages.WriteTo(_pageWriter, PageSize);
        _pageWriter.Flush();
        Sync();

        int slot = (int)(meta.TxId % 2);
        Span<byte> page = _pageWriter.Take(PageSize);
        meta.WritePage(page, (ulong)slot);
        try
        {
            _file.Write(page, (long)slot * PageSize);
        }
        catch (IOException failure)
        {
            TakeBackMeta(before, slot, failure);
            throw;
        }

        Sync();
    }

    /// <summary>Shows a durable commit to transactions that begin from now on.</summary>
    internal void Publish(in Meta meta, List<PageSpan> extended)
    {
        var snapshot = new CommittedSnapshot(meta, _generation, Path);
        _generation.Hold();
        lock (_lock)
        {
            CommittedSnapshot before = _newest;
            Volatile.Write(ref _newest, snapshot);
            _ledger!.Commit(extended, _read.Count > 0);
            if (before.Readers == 0)
                before.Generation.LetGo();
        }
    }

    internal void EndWrite()
    {
        _ledger!.Rollback();
        Volatile.Write(ref _freeBytes, _ledger.FreeCount * PageSize);
        _writer.Release();
    }

    private static void WaitForLock(IFile file, BoltOptions options, CancellationToken cancel)
    {
        long started = Environment.TickCount64;
        while (!file.TryLock(FileLockKind.Flock, exclusive: !options.ReadOnly))
        {
            if (options.LockTimeout is { } timeout && Environment.TickCount64 - started + LockRetry.TotalMilliseconds > timeout.TotalMilliseconds)
                throw new TimeoutException($"{file.Path} is locked by another process; waited {timeout.TotalSeconds:0.###} s");
            cancel.WaitHandle.WaitOne(LockRetry);
            cancel.ThrowIfCancellationRequested();
        }
    }

    private static void CreateIfNew(IFileSystem files, IFile file, BoltOptions options)
    {
        int pageSize = options.PageSize == 0 ? Math.Min(Environment.SystemPageSize, BoltLimits.PageBytesMax) : options.PageSize;
        if (pageSize is < BoltLimits.PageBytesMin or > BoltLimits.PageBytesMax || !int.IsPow2(pageSize))
            throw new ArgumentException($"a page size is a power of two from {BoltLimits.PageBytesMin} to {BoltLimits.PageBytesMax}, not {pageSize}", nameof(options));

        byte[] image = NewFile.Image(pageSize);
        if (file.Length > image.Length)
            return;
        byte[] content = new byte[file.Length];
        file.Read(content, 0);
        // A finished file is new as well; then both metas are valid and there is nothing to do.
        if (content.AsSpan().SequenceEqual(image) || !NewFile.IsUnfinished(content, pageSize))
            return;
        file.Write(image, 0);
        file.SyncData();
        // Without the name, all that is committed later would be lost with it.
        string? directory = System.IO.Path.GetDirectoryName(file.Path);
        files.SyncDirectory(string.IsNullOrEmpty(directory) ? "." : directory);
    }

    /// <summary>A file without a stored free list, opened to store it, gets one at once, so that other programs find it.</summary>
    private void StoreFreelistIfMissing()
    {
        if (_ledger is null || !StoresFreelist || _newest.Meta.Freelist != Meta.NoFreelist)
            return;
        using BoltWriteTransaction transaction = BeginWrite();
        transaction.Commit();
    }

    private void Grow(in Meta meta)
    {
        long needed = meta.Size + PageSize;
        if (needed >= _generation.Mapping.Capacity)
        {
            var larger = new MappingGeneration(_file.Map(FileGrowth.MapBytes(needed)));
            _generation.LetGo();
            _generation = larger;
            // Where a map cannot reach past the end (Windows), mapping has made the file longer.
            _fileLength = Math.Max(_fileLength, _file.Length);
            KeepInMemory();
        }

        if (needed <= _fileLength)
            return;
        long length = FileGrowth.FileBytes(needed, _generation.Mapping.Capacity);
        _file.SetLength(length);
        if (!_noSync)
            SyncOrPoison(static file => file.Sync());
        _fileLength = length;
        KeepInMemory();
    }

    private void KeepInMemory()
    {
        if (_options.LockMemory)
            _generation.Mapping.Lock(_fileLength);
    }

    private void Sync()
    {
        if (!_noSync)
            SyncOrPoison(static file => file.SyncData());
    }

    /// <summary>After a failed sync nobody knows what is on disk, and a second sync would not tell: the kernel may have dropped the pages.</summary>
    private void SyncOrPoison(Action<IFile> sync)
    {
        try
        {
            sync(_file);
        }
        catch (IOException failure)
        {
            _poison = failure;
            throw;
        }
    }

    /// <summary>
    /// Part of the new meta page may be on disk. If it stayed, a crash could make it the newest state after its pages were used again. So the
    /// slot gets the present state back; if even that fails, the database writes no more.
    /// </summary>
    private void TakeBackMeta(in Meta before, int slot, IOException failure)
    {
        try
        {
            Span<byte> page = _pageWriter.Take(PageSize);
            before.WritePage(page, (ulong)slot);
            _file.Write(page, (long)slot * PageSize);
            if (!_noSync)
                _file.SyncData();
        }
        catch (IOException)
        {
            _poison = failure;
        }
    }

    private void Close()
    {
        _newest.Generation.LetGo();
        _generation.LetGo();
        if (_takesFile is null)
            _file.Dispose();
        else
            _takesFile(_file);
    }
}

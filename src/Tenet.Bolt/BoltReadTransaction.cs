using Tenet.Bolt.Checking;
using Tenet.Bolt.Files;
using Tenet.Bolt.Pages;
using Tenet.Bolt.Space;
using Tenet.Bolt.Trees;

namespace Tenet.Bolt;

/// <summary>
/// A stable view of one committed state. Spans and memory handed out by it, its buckets and its cursors are valid until it is disposed, and
/// must not be touched later: the file may no longer be mapped there.
/// </summary>
/// <remarks>Several threads may read through one at once, each with cursors of its own, as long as it is disposed after they are done.</remarks>
public class BoltReadTransaction : IDisposable
{
    private readonly BoltDatabase _database;
    private CommittedSnapshot? _snapshot;

    internal BoltReadTransaction(BoltDatabase database, CommittedSnapshot snapshot)
        : this(database, snapshot, null)
    {
    }

    private protected BoltReadTransaction(BoltDatabase database, CommittedSnapshot snapshot, PageLedger? ledger)
    {
        _database = database;
        _snapshot = snapshot;
        Meta meta = snapshot.Meta;
        Root = new BoltBucket(this, new Tree(snapshot.Pages, ledger, meta.Root), meta.Sequence);
    }

    /// <summary>The committed state this view shows; for a write transaction, the one it will commit.</summary>
    public virtual ulong TxId => Snapshot.Meta.TxId;

    /// <summary>Pages ever used times page size, in bytes.</summary>
    public long Size => Snapshot.Meta.Size;

    /// <summary>Whether this is a write transaction.</summary>
    public virtual bool IsWritable => false;

    /// <summary>Length in bytes of the snapshot image (contract/storage.md, 7.1).</summary>
    public long ImageLength => Size;

    /// <summary>The bucket that holds the top-level buckets.</summary>
    internal BoltBucket Root { get; }

    internal CommittedSnapshot Snapshot
    {
        get
        {
            CommittedSnapshot? snapshot = _snapshot;
            ObjectDisposedException.ThrowIf(snapshot is null, this);
            return snapshot;
        }
    }

    private protected BoltDatabase Database => _database;

    /// <summary>The top-level bucket of this name, or null.</summary>
    public BoltBucket? Bucket(ReadOnlySpan<byte> name) => Root.Bucket(name);

    /// <summary>A cursor over the names of the top-level buckets.</summary>
    public BoltCursor Cursor() => Root.Cursor();

    /// <summary>Copies a part of the snapshot image, so that it can be sent in chunks of any size.</summary>
    /// <returns>Bytes copied; fewer than asked only at the end of the image.</returns>
    public int ReadImage(long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return SnapshotImage.Read(Snapshot.Pages, offset, destination);
    }

    /// <summary>Writes the whole snapshot image.</summary>
    public void WriteImage(Stream target)
    {
        byte[] chunk = new byte[64 * 1024];
        long offset = 0;
        for (int length = ReadImage(offset, chunk); length > 0; length = ReadImage(offset, chunk))
        {
            target.Write(chunk, 0, length);
            offset += length;
        }
    }

    /// <summary>Checks every page of the committed state (contract/storage.md, 4.10); a write transaction checks the state that it began from.</summary>
    /// <param name="fromPage">Check only the tree below this page; 0 checks everything.</param>
    public BoltCheckReport Check(ulong fromPage = 0) => ConsistencyCheck.Run(Snapshot.Pages, _database.FreePagesOf(Snapshot), fromPage);

    /// <summary>The ids of the pages below the high water mark that hold nothing of this state, ascending.</summary>
    /// <exception cref="Foundation.CorruptionException">The stored list, or the tree, is damaged.</exception>
    public IReadOnlyList<ulong> FreePages()
    {
        ulong[] free = _database.FreePagesOf(Snapshot) ?? FreePageScan.Load(Snapshot.Pages).ToArray();
        Array.Sort(free);
        return free;
    }

    /// <summary>Ends the view; of a write transaction that was not committed, drops the changes.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _snapshot, null) is { } snapshot)
            End(snapshot);
        GC.SuppressFinalize(this);
    }

    internal void ThrowIfEnded() => ObjectDisposedException.ThrowIf(_snapshot is null, this);

    private protected virtual void End(CommittedSnapshot snapshot) => _database.EndRead(snapshot);
}

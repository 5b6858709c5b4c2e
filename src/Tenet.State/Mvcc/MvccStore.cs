using Tenet.Protocol.Errors;
using Tenet.State.Backends;

namespace Tenet.State.Mvcc;

/// <summary>
/// Keys with their history (contract/storage.md, 6). Readers are on any thread and see one revision; one thread (the apply thread) writes.
/// </summary>
public sealed class MvccStore
{
    /// <summary>Rebuilds the index from the backend and attaches keys to leases, which must be loaded before.</summary>
    public static MvccStore Restore(Backend backend, ILeaseAttachments leases, IParallelRunner runner) => throw new NotImplementedException();

    /// <summary>The revision of the last write transaction that changed something; 1 on an empty store.</summary>
    public long CurrentRevision => throw new NotImplementedException();

    /// <summary>The revision of the last accepted compaction; −1 if there was none.</summary>
    public long CompactRevision => throw new NotImplementedException();

    /// <summary>Is told of writes; set once, before the first.</summary>
    public IMvccObserver? Observer { get; set; }

    /// <summary>Whether a compaction still has work that <see cref="RunCompactionBatch"/> must do.</summary>
    public bool HasCompactionWork => throw new NotImplementedException();

    /// <summary>Begins a write transaction. Apply thread; one at a time.</summary>
    public MvccWrite BeginWrite() => throw new NotImplementedException();

    /// <summary>The encoded KeyValue of a key as of a revision (0: now), copied. False if there was none, or it cannot be known any more.</summary>
    public bool TryGetAt(ReadOnlySpan<byte> key, long revision, out ReadOnlyMemory<byte> keyValue) => throw new NotImplementedException();

    /// <summary>Events of whole revisions from <paramref name="fromRevision"/> on, stopping after about <paramref name="maxBytes"/>. Any thread.</summary>
    /// <returns>Compacted if the revision is before the compact revision.</returns>
    public Outcome<HistoryPage> ReadHistory(long fromRevision, long maxBytes) => throw new NotImplementedException();

    /// <summary>The hash over history up to a revision (0: now). Any thread.</summary>
    public Outcome<HashKvResult> HashKv(long revision) => throw new NotImplementedException();

    /// <summary>Accepts a compaction: earlier revisions are unreadable from now on, and <see cref="RunCompactionBatch"/> will remove them. Apply thread.</summary>
    /// <returns>Null if accepted.</returns>
    public EtcdError? StartCompaction(long revision) => throw new NotImplementedException();

    /// <summary>Does at most about <paramref name="limit"/> records' worth of compaction. One caller at a time, any thread.</summary>
    /// <returns>Whether work remains (perhaps none could be done now, because a reader still needs what is to go).</returns>
    public bool RunCompactionBatch(int limit) => throw new NotImplementedException();
}

using Tenet.Foundation.Files;

namespace Tenet.State.Backends;

/// <summary>
/// The member's db file with a write batch in memory before it (contract/storage.md, 5). The thread that writes never waits for the
/// disk: a sealed batch is committed in one transaction by another thread, and reads see it all along.
/// </summary>
public sealed class Backend : IDisposable
{
    /// <summary>Opens or creates the file, with all buckets in it. A damaged file gives <see cref="Tenet.Foundation.CorruptionException"/>.</summary>
    public static Backend Open(IFileSystem files, string path, BackendOptions options) => throw new NotImplementedException();

    /// <summary>The index of the last applied entry whose effects are written (perhaps not yet committed); 0 if none.</summary>
    public ulong ConsistentIndex => throw new NotImplementedException();

    /// <summary>The term of that entry.</summary>
    public ulong ConsistentTerm => throw new NotImplementedException();

    /// <summary>The consistent index that is durable in the file. What lies at or before it in the log is needed no more for recovery.</summary>
    public ulong CommittedIndex => throw new NotImplementedException();

    /// <summary>Puts and deletes in the open batch.</summary>
    public int PendingOperations => throw new NotImplementedException();

    /// <summary>The open batch has reached its limit and should be sealed.</summary>
    public bool WantsCommit => throw new NotImplementedException();

    /// <summary>The open batch has reached its bound while another is still being committed: apply nothing more until that is done.</summary>
    public bool MustWait => throw new NotImplementedException();

    /// <summary>The file's length in bytes.</summary>
    public long Size => throw new NotImplementedException();

    /// <summary>The file's length less its free pages, in bytes.</summary>
    public long SizeInUse => throw new NotImplementedException();

    /// <summary>Writes a record into the open batch.</summary>
    public void Put(Bucket bucket, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => throw new NotImplementedException();

    /// <summary>Removes a record; nothing happens if there is none.</summary>
    public void Delete(Bucket bucket, ReadOnlySpan<byte> key) => throw new NotImplementedException();

    /// <summary>Remembers the entry whose effects the batch now holds; its commit writes index and term with them (contract/storage.md, 5.3).</summary>
    public void SetConsistentIndex(ulong index, ulong term) => throw new NotImplementedException();

    /// <summary>Remembers the JSON of the configuration; the batch's commit writes it.</summary>
    public void SetConfState(ReadOnlyMemory<byte> json) => throw new NotImplementedException();

    /// <summary>
    /// Closes the open batch for committing. Call between entries only, so that an entry's effects are in one transaction.
    /// Null if there is nothing to write or another sealed batch is still waiting for its commit.
    /// </summary>
    /// <param name="force">Also when only the consistent index has moved.</param>
    public SealedBatch? Seal(bool force = false) => throw new NotImplementedException();

    /// <summary>Commits a sealed batch; durable on return. A failure leaves the backend unusable: the member must stop.</summary>
    public void Commit(SealedBatch batch) => throw new NotImplementedException();

    /// <summary>Seals and commits everything on the caller's thread, which must own the apply thread (recovery, shutdown, forced commits).</summary>
    public void CommitNow() => throw new NotImplementedException();

    /// <summary>A consistent view of everything written so far.</summary>
    public BackendRead OpenRead() => throw new NotImplementedException();

    /// <summary>The content hash of Maintenance.Hash (contract/storage.md, 6.7).</summary>
    public uint Hash() => throw new NotImplementedException();

    /// <summary>The image of the last commit for Maintenance.Snapshot (contract/storage.md, 7.1). Commit first what must be in it.</summary>
    public BackendImage OpenImage() => throw new NotImplementedException();

    /// <summary>Rewrites the file without its free pages (contract/storage.md, 6.8). Reads go on; commits wait for it.</summary>
    public void Defragment() => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose() => throw new NotImplementedException();
}

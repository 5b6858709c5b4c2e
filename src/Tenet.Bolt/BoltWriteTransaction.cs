using System.Diagnostics;
using Tenet.Bolt.Files;
using Tenet.Bolt.Pages;
using Tenet.Bolt.Space;
using Tenet.Foundation;

namespace Tenet.Bolt;

/// <summary>
/// The one transaction that changes the file. It is used by one thread at a time and ends with <see cref="Commit"/>, or with
/// <see cref="BoltReadTransaction.Dispose"/>, which rolls back.
/// </summary>
public sealed class BoltWriteTransaction : BoltReadTransaction
{
    private readonly PageLedger _ledger;
    private readonly ByteArena _arena = new();

    internal BoltWriteTransaction(BoltDatabase database, CommittedSnapshot snapshot, PageLedger ledger)
        : base(database, snapshot, ledger)
    {
        _ledger = ledger;
    }

    /// <inheritdoc/>
    public override ulong TxId => base.TxId + 1;

    /// <inheritdoc/>
    public override bool IsWritable => true;

    internal PageLedger Ledger => _ledger;

    /// <summary>Makes a top-level bucket.</summary>
    /// <exception cref="InvalidOperationException">It exists.</exception>
    public BoltBucket CreateBucket(ReadOnlySpan<byte> name) => Root.CreateBucket(name);

    /// <summary>The top-level bucket of this name, made if it is missing.</summary>
    public BoltBucket CreateBucketIfMissing(ReadOnlySpan<byte> name) => Root.CreateBucketIfMissing(name);

    /// <summary>Removes a top-level bucket with everything in it.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public void DeleteBucket(ReadOnlySpan<byte> name) => Root.DeleteBucket(name);

    /// <summary>Makes the changes durable and visible to transactions that begin later. On any error the changes are dropped.</summary>
    /// <exception cref="IOException">Writing failed (the database stays usable) or a sync failed (every later write is refused).</exception>
    public void Commit()
    {
        CommittedSnapshot before = Snapshot;
        try
        {
            Meta meta = before.Meta;
            var pages = new DirtyPages(_ledger, meta.PageSize, meta.HighWater);
            long startedAt = Stopwatch.GetTimestamp();
            Root.WriteChanges(pages, isRoot: true);
            ulong freelist = ReplaceFreelist(before, pages);
            long placedAt = Stopwatch.GetTimestamp();
            meta = meta with
            {
                Root = Root.RootPage,
                Sequence = Root.Sequence,
                Freelist = freelist,
                HighWater = pages.HighWater,
                TxId = TxId,
            };
            Database.Store(meta, pages);
            Database.Publish(meta, pages.Extended);
            Database.LastCommit = new BoltCommitTimes(
                pages.Merging, Stopwatch.GetElapsedTime(startedAt, placedAt) - pages.Merging, Stopwatch.GetElapsedTime(placedAt));
        }
        finally
        {
            Dispose();
        }

        if (Database.IsStrict)
            CheckCommitted();
    }

    internal ReadOnlyMemory<byte> Keep(ReadOnlySpan<byte> bytes) => _arena.Copy(bytes);

    private protected override void End(CommittedSnapshot snapshot) => Database.EndWrite();

    private ulong ReplaceFreelist(CommittedSnapshot before, DirtyPages pages)
    {
        ulong old = before.Meta.Freelist;
        if (old != Meta.NoFreelist)
            _ledger.Free(old, (uint)(before.Pages.Raw(old).Length / before.Meta.PageSize));
        return Database.StoresFreelist ? pages.AddFreelist() : Meta.NoFreelist;
    }

    private void CheckCommitted()
    {
        using BoltReadTransaction view = Database.BeginRead();
        BoltCheckReport report = view.Check();
        Invariant.That(report.IsSound, $"{Database.Path} after commit {view.TxId}: {report}");
    }
}

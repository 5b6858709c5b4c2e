using Tenet.Foundation;

namespace Tenet.Bolt.Space;

/// <summary>
/// Who may use which page. A page that a transaction drops stays pending until no reader can see it (contract/storage.md, 4.6).
/// </summary>
/// <remarks>
/// A page allocated by transaction a and dropped by transaction f belongs to the snapshots a … f−1. It is released as soon as no reader has
/// one of these; that covers both the readers older than f and the gaps between them.
/// <para>The lock serves <see cref="Committed"/>, which a check on another thread calls; all else happens on the writer's thread.</para>
/// </remarks>
internal sealed class PageLedger(FreePages free)
{
    private readonly Lock _lock = new();
    private readonly List<PendingPages> _pending = [];
    private readonly Dictionary<ulong, ulong> _allocatedBy = [];
    private readonly Queue<AllocatedPages> _allocated = [];

    private ulong _txId;
    private PendingPages? _dropped;
    private readonly List<PageSpan> _taken = [];

    /// <summary>Free pages, pending ones not counted.</summary>
    public long FreeCount => free.Count;

    /// <summary>Free and pending pages: what a stored free list holds.</summary>
    public long StoredCount
    {
        get
        {
            long count = free.Count + (_dropped?.PageCount ?? 0);
            foreach (PendingPages pending in _pending)
                count += pending.PageCount;
            return count;
        }
    }

    /// <summary>Begins a transaction: releases what no reader can see any more.</summary>
    /// <param name="txId">The transaction.</param>
    /// <param name="readers">The snapshots that are being read, ascending.</param>
    public void Begin(ulong txId, ReadOnlySpan<ulong> readers)
    {
        lock (_lock)
        {
            _txId = txId;
            _dropped = new PendingPages(txId);
            _taken.Clear();
            ForgetAllocations(readers);
            foreach (PendingPages pending in _pending)
                Release(pending, readers);
            _pending.RemoveAll(static pending => pending.Spans.Count == 0);
        }
    }

    /// <summary>Takes a run of free pages.</summary>
    /// <returns>The first page, or 0 if the file has to grow.</returns>
    public ulong Allocate(uint count)
    {
        lock (_lock)
        {
            ulong start = free.Take(count);
            if (start != 0)
                _taken.Add(new PageSpan(start, count, _txId));
            return start;
        }
    }

    /// <summary>Drops pages of the state that the transaction began from; they are not used again before a later transaction.</summary>
    public void Free(ulong start, uint count)
    {
        Invariant.That(start > 1, $"meta page {start} is freed");
        Invariant.That(_dropped is not null, $"page {start} is freed outside a write transaction");
        lock (_lock)
        {
            _allocatedBy.Remove(start, out ulong allocatedBy);
            _dropped.Add(new PageSpan(start, count, allocatedBy));
        }
    }

    /// <summary>Ends the transaction: what it dropped is pending, what it took is used.</summary>
    /// <param name="extended">What it took from behind the high water mark.</param>
    /// <param name="hasReaders">Whether any snapshot is being read; only then may it matter later who allocated a page.</param>
    public void Commit(List<PageSpan> extended, bool hasReaders)
    {
        Invariant.That(_dropped is not null, $"a commit outside a write transaction");
        lock (_lock)
        {
            if (_dropped.Spans.Count > 0)
                _pending.Add(_dropped);
            _dropped = null;
            if (hasReaders && _taken.Count + extended.Count > 0)
            {
                PageSpan[] spans = [.. _taken, .. extended];
                foreach (PageSpan span in spans)
                    _allocatedBy[span.Start] = _txId;
                _allocated.Enqueue(new AllocatedPages(_txId, spans));
            }

            _taken.Clear();
        }
    }

    /// <summary>Ends the transaction as if it had never been.</summary>
    public void Rollback()
    {
        if (_dropped is null)
            return;
        lock (_lock)
        {
            foreach (PageSpan span in _taken)
                free.Add(span.Start, span.Count);
            foreach (PageSpan span in _dropped.Spans)
            {
                if (span.AllocatedBy != 0)
                    _allocatedBy[span.Start] = span.AllocatedBy;
            }

            _taken.Clear();
            _dropped = null;
        }
    }

    /// <summary>What the running transaction would store: free and pending pages, its own drops included.</summary>
    public ulong[] StoredIds()
    {
        FreePages all = WithPending();
        foreach (PageSpan span in _dropped?.Spans ?? [])
            all.Add(span.Start, span.Count);
        return all.ToArray();
    }

    /// <summary>Free and pending pages of the newest committed state, whatever a running transaction has done since.</summary>
    public ulong[] Committed()
    {
        lock (_lock)
        {
            FreePages all = WithPending();
            foreach (PageSpan span in _taken)
                all.Add(span.Start, span.Count);
            return all.ToArray();
        }
    }

    private FreePages WithPending()
    {
        FreePages all = free.Clone();
        foreach (PendingPages pending in _pending)
        {
            foreach (PageSpan span in pending.Spans)
                all.Add(span.Start, span.Count);
        }

        return all;
    }

    private void ForgetAllocations(ReadOnlySpan<ulong> readers)
    {
        while (_allocated.TryPeek(out AllocatedPages oldest) && (readers.IsEmpty || oldest.TxId <= readers[0]))
        {
            foreach (PageSpan span in _allocated.Dequeue().Spans)
            {
                if (_allocatedBy.TryGetValue(span.Start, out ulong txId) && txId == oldest.TxId)
                    _allocatedBy.Remove(span.Start);
            }
        }
    }

    private void Release(PendingPages pending, ReadOnlySpan<ulong> readers)
    {
        // Only the newest reader older than the drop matters: a page seen by an older one, but not by this, was never in both.
        ulong? newest = null;
        foreach (ulong reader in readers)
        {
            if (reader < pending.TxId)
                newest = reader;
        }

        // Snapshots that could see these pages only ever end, so an unchanged answer needs no second look.
        if (newest is not null && newest == pending.LookedAtWith)
            return;
        pending.LookedAtWith = newest;

        int kept = 0;
        List<PageSpan> spans = pending.Spans;
        for (int i = 0; i < spans.Count; i++)
        {
            PageSpan span = spans[i];
            if (newest is { } reader && reader >= span.AllocatedBy)
                spans[kept++] = span;
            else
                free.Add(span.Start, span.Count);
        }

        spans.RemoveRange(kept, spans.Count - kept);
        pending.Recount();
    }

    private readonly record struct AllocatedPages(ulong TxId, PageSpan[] Spans);
}

using Tenet.Foundation;
using Tenet.Foundation.Randomness;
using Tenet.Raft.Log;
using Tenet.Raft.Wire;

namespace Tenet.Raft.Tests.Models;

/// <summary>The log and its storage against a plain list of entries.</summary>
public sealed class LogModelTests
{
    private readonly SeededRandom _random = new(41);

    [Fact]
    public void Memory_storage_behaves_like_a_list()
    {
        for (int run = 0; run < 60; run++)
        {
            var storage = new MemoryStorage();
            // Position i is index i; the first `gone` of them are compacted.
            List<Entry> model = [new Entry(0, 0, EntryType.Normal, default)];
            int gone = 1;
            for (int step = 0; step < 300; step++)
            {
                switch (_random.Next(4))
                {
                    case 0:
                        int at = _random.Next(Math.Max(1, gone - 2), model.Count + 1);
                        Entry[] entries = Entries((ulong)at, _random.Next(5));
                        storage.Append(entries);
                        // Entries that are all compacted already change nothing, not even what is behind them.
                        if (at + entries.Length > gone && entries.Length > 0)
                        {
                            model.RemoveRange(Math.Max(at, gone), model.Count - Math.Max(at, gone));
                            model.AddRange(entries.Skip(Math.Max(at, gone) - at));
                        }
                        break;
                    case 1 when model.Count > gone:
                        int to = _random.Next(gone, model.Count);
                        Assert.True(storage.Compact((ulong)to));
                        gone = to + 1;
                        break;
                    case 2 when gone > 1:
                        Assert.False(storage.Compact((ulong)_random.Next(gone)));
                        break;
                    default:
                        CheckRead(storage, model, gone);
                        break;
                }
                Assert.Equal((ulong)gone, storage.FirstIndex);
                Assert.Equal((ulong)model.Count - 1, storage.LastIndex);
            }
        }
    }

    [Fact]
    public void Memory_storage_refuses_what_makes_no_sense()
    {
        var storage = new MemoryStorage();
        storage.Append(Entries(1, 5));
        Assert.Throws<InvariantException>(() => storage.Append(Entries(7, 1)));
        Assert.Throws<InvariantException>(() => storage.Compact(6));
        Assert.Throws<InvariantException>(() => storage.Entries(2, 7, 1, out _));
        Assert.Throws<InvariantException>(() => storage.CreateSnapshot(6, ConfState.Empty, default));
        Snapshot snapshot = storage.CreateSnapshot(4, new ConfState([1]), new byte[] { 9 })!;
        Assert.Equal((4ul, snapshot.ConfState), (snapshot.Index, storage.InitialState.ConfState));
        Assert.Null(storage.CreateSnapshot(4, new ConfState([2]), default));
        Assert.Same(snapshot, storage.Snapshot());
        Assert.Equal(5, storage.Count);
        Assert.False(storage.ApplySnapshot(snapshot));
        Assert.True(storage.ApplySnapshot(snapshot with { Index = 9, Term = 3 }));
        Assert.Equal((10ul, 9ul, 0), (storage.FirstIndex, storage.LastIndex, storage.Count));
        Assert.Equal(LogRead.Found, storage.Term(9, out ulong term));
        Assert.Equal(3ul, term);
        Assert.Equal(LogRead.Compacted, storage.Term(8, out _));
        Assert.Equal(LogRead.Unavailable, storage.Term(10, out _));
        Assert.Equal(LogRead.Compacted, storage.Entries(9, 10, 1, out _));
        Assert.Equal(LogRead.Unavailable, storage.Entries(10, 10, 1, out _));
    }

    [Fact]
    public void A_snapshot_of_index_zero_brings_a_membership_into_an_empty_storage()
    {
        var storage = new MemoryStorage();
        Assert.True(storage.ApplySnapshot(new Snapshot(0, 0, new ConfState([1]), default)));
        Assert.Equal([1ul], storage.InitialState.ConfState.Voters);
        Assert.Equal((1ul, 0ul), (storage.FirstIndex, storage.LastIndex));
    }

    [Fact]
    public void The_log_behaves_like_a_list_whatever_of_it_is_stable()
    {
        for (int run = 0; run < 60; run++)
        {
            var storage = new MemoryStorage();
            var log = new EntryLog(storage, ulong.MaxValue, SilentLog.Instance);
            List<Entry> model = [new Entry(0, 0, EntryType.Normal, default)];
            Queue<Entry[]> onTheWay = new();
            ulong term = 1;
            for (int step = 0; step < 400; step++)
            {
                switch (_random.Next(6))
                {
                    case 0:
                        term += (ulong)_random.Next(2);
                        foreach (Entry entry in Entries((ulong)model.Count, _random.Next(4), term))
                        {
                            log.Append(entry);
                            model.Add(entry);
                        }
                        break;
                    case 1:
                        Overwrite(log, model, ++term);
                        break;
                    case 2:
                        onTheWay.Enqueue(log.NewEntries());
                        log.AcceptUnstable();
                        break;
                    case 3 when onTheWay.Count > 0:
                        Entry[] stored = onTheWay.Dequeue();
                        storage.Append(stored);
                        if (stored.Length > 0)
                            log.StableTo(stored[^1].Term, stored[^1].Index);
                        break;
                    case 4 when log.Committed > storage.FirstIndex && log.Committed <= storage.LastIndex && !log.HasUnstableEntries:
                        storage.Compact(log.Committed - 1);
                        break;
                    default:
                        log.CommitTo((ulong)_random.Next((int)log.Committed, model.Count));
                        break;
                }
                CheckLog(log, model);
            }
        }
    }

    [Fact]
    public void Committed_entries_are_handed_out_once_and_only_within_the_limit()
    {
        for (int run = 0; run < 200; run++)
        {
            var storage = new MemoryStorage();
            ulong limit = (ulong)_random.Next(1, 120);
            var log = new EntryLog(storage, limit, SilentLog.Instance);
            Queue<Entry[]> applying = new();
            ulong next = 1;
            for (int step = 0; step < 100; step++)
            {
                if (_random.Chance(0.4))
                {
                    Entry[] entries = Entries(log.LastIndex + 1, 1);
                    log.Append(entries[0]);
                    storage.Append(entries);
                    log.AcceptUnstable();
                    log.StableTo(1, entries[0].Index);
                    log.CommitTo(entries[0].Index);
                }
                Entry[] committed = log.NextCommitted(unstableToo: false);
                Assert.Equal(committed.Length > 0, committed.Length > 0 && committed[0].Index == next);
                if (committed.Length > 0)
                {
                    next = committed[^1].Index + 1;
                    applying.Enqueue(committed);
                    log.AcceptApplying(committed, unstableToo: false);
                    // One entry goes whatever its size; apart from that the limit holds for everything under way.
                    ulong underWay = applying.Aggregate(0ul, (sum, batch) => sum + RaftCodec.SizeOf(batch));
                    Assert.True(underWay <= limit || committed.Length == 1, $"{underWay} bytes are under way with a limit of {limit}");
                }
                else if (applying.Count > 0 && _random.Chance(0.7))
                {
                    Entry[] applied = applying.Dequeue();
                    log.AppliedTo(applied[^1].Index, RaftCodec.SizeOf(applied));
                }
            }
            while (applying.TryDequeue(out Entry[]? rest))
                log.AppliedTo(rest[^1].Index, RaftCodec.SizeOf(rest));
            Assert.Equal(log.Committed > log.Applied, log.HasNextCommitted(unstableToo: false));
        }
    }

    [Fact]
    public void A_late_answer_of_storage_does_not_make_replaced_entries_stable()
    {
        var log = new EntryLog(new MemoryStorage(), ulong.MaxValue, SilentLog.Instance);
        foreach (Entry entry in Entries(1, 3, term: 1))
            log.Append(entry);
        log.AcceptUnstable();
        Assert.True(log.MaybeAppend(1, 1, Entries(2, 2, term: 2), 0, out ulong lastNew));
        Assert.Equal(3ul, lastNew);
        log.StableTo(1, 3);
        Assert.Equal(2, log.NewEntries().Length);
        Assert.True(log.HasUnstableEntries);
        log.StableTo(1, 1);
        Assert.Equal([2ul, 3ul], log.NewEntries().Select(entry => entry.Index));
    }

    [Fact]
    public void A_conflict_below_the_commit_mark_stops_the_member()
    {
        var log = new EntryLog(new MemoryStorage(), ulong.MaxValue, SilentLog.Instance);
        foreach (Entry entry in Entries(1, 3, term: 1))
            log.Append(entry);
        log.CommitTo(2);
        Assert.Throws<InvariantException>(() => log.MaybeAppend(1, 1, Entries(2, 1, term: 2), 0, out _));
        Assert.Throws<InvariantException>(() => log.CommitTo(4));
    }

    private void Overwrite(EntryLog log, List<Entry> model, ulong term)
    {
        int prev = _random.Next((int)log.Committed, model.Count);
        Entry[] entries = Entries((ulong)prev + 1, _random.Next(4), term);
        ulong prevTerm = _random.Chance(0.8) ? model[prev].Term : term + 5;
        bool matches = prevTerm == model[prev].Term;
        Assert.Equal(matches, log.MaybeAppend(prevTerm, (ulong)prev, entries, 0, out _));
        if (!matches || entries.Length == 0)
            return;
        model.RemoveRange(prev + 1, model.Count - prev - 1);
        model.AddRange(entries);
    }

    private void CheckRead(MemoryStorage storage, List<Entry> model, int gone)
    {
        if (model.Count == gone)
            return;
        int low = _random.Next(gone, model.Count);
        int high = _random.Next(low + 1, model.Count + 1);
        ulong limit = (ulong)_random.Next(60);
        Assert.Equal(LogRead.Found, storage.Entries((ulong)low, (ulong)high, limit, out Entry[] read));
        Assert.Equal(Limited(model, low, high, limit), read);
    }

    private void CheckLog(EntryLog log, List<Entry> model)
    {
        Assert.Equal((ulong)model.Count - 1, log.LastIndex);
        Assert.Equal(model[^1].Term, log.LastTerm);
        int first = (int)log.FirstIndex;
        Assert.Equal(LogRead.Unavailable, log.Term((ulong)model.Count, out _));
        if (first > 1)
            Assert.Equal(LogRead.Compacted, log.Term((ulong)first - 2, out _));
        if (model.Count == first)
            return;
        int low = _random.Next(first, model.Count);
        Assert.True(log.Matches((ulong)low, model[low].Term));
        int high = _random.Next(low + 1, model.Count + 1);
        ulong limit = _random.Chance(0.3) ? ulong.MaxValue : (ulong)_random.Next(60);
        Assert.Equal(LogRead.Found, log.Slice((ulong)low, (ulong)high, limit, out Entry[] slice));
        Assert.Equal(Limited(model, low, high, limit), slice);

        ulong term = (ulong)_random.Next((int)model[^1].Term + 2);
        int guess = low;
        while (guess >= first && model[guess].Term > term)
            guess--;
        (ulong index, ulong found) = log.FindConflictByTerm((ulong)low, term);
        if (guess >= first)
            Assert.Equal(((ulong)guess, model[guess].Term), (index, found));
        else
            Assert.True(index < (ulong)first);
    }

    private static Entry[] Limited(List<Entry> model, int low, int high, ulong limit)
    {
        List<Entry> fits = [model[low]];
        ulong bytes = (ulong)RaftCodec.SizeOf(model[low]);
        for (int i = low + 1; i < high && bytes + (ulong)RaftCodec.SizeOf(model[i]) <= limit; i++)
        {
            bytes += (ulong)RaftCodec.SizeOf(model[i]);
            fits.Add(model[i]);
        }
        return [.. fits];
    }

    private Entry[] Entries(ulong first, int count, ulong term = 1)
    {
        var entries = new Entry[count];
        for (int i = 0; i < count; i++)
        {
            byte[] data = new byte[_random.Next(30)];
            _random.Fill(data);
            entries[i] = new Entry(term, first + (ulong)i, EntryType.Normal, data);
        }
        return entries;
    }
}

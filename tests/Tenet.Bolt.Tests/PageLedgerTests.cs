using Tenet.Bolt.Space;
using Tenet.Foundation;
using Tenet.Foundation.Randomness;

namespace Tenet.Bolt.Tests;

/// <summary>Who may use which page, and when (contract/storage.md, 4.6).</summary>
public sealed class PageLedgerTests
{
    [Fact]
    public void Runs_are_taken_lowest_first_and_equal_a_naive_search()
    {
        var random = new SeededRandom(6);
        var free = new FreePages();
        var model = new SortedSet<ulong>();
        for (int i = 0; i < 4000; i++)
        {
            if (random.Chance(0.03))
            {
                for (int j = random.Next(40); j > 0; j--)
                {
                    ulong page = (ulong)random.Next(2, 3000);
                    if (model.Add(page))
                        free.Add(page, 1);
                }
            }

            uint count = random.Chance(0.1) ? (uint)random.Next(1, 200) : (uint)random.Next(1, 6);
            ulong expected = Naive(model, count);
            Assert.Equal(expected, free.Take(count));
            for (ulong page = expected; expected != 0 && page < expected + count; page++)
                model.Remove(page);
            Assert.Equal(model.Count, free.Count);
        }

        Assert.Equal(model, free.ToArray());
    }

    [Fact]
    public void Without_readers_a_dropped_page_is_free_in_the_next_transaction_and_not_before()
    {
        PageLedger ledger = LedgerWith(0);
        ledger.Begin(5, []);
        ledger.Free(10, 2);
        Assert.Equal(0UL, ledger.Allocate(1));
        ledger.Commit([], hasReaders: false);
        ledger.Begin(6, []);
        Assert.Equal(10UL, ledger.Allocate(2));
    }

    [Fact]
    public void A_page_waits_for_the_last_reader_that_sees_it()
    {
        PageLedger ledger = LedgerWith(0);
        ledger.Begin(5, []);
        ledger.Free(10, 1);
        ledger.Commit([], hasReaders: true);
        ledger.Begin(6, [4]);
        Assert.Equal(0, ledger.FreeCount);
        ledger.Rollback();
        ledger.Begin(6, [5]);
        Assert.Equal(1, ledger.FreeCount);
        ledger.Rollback();
        Assert.Equal(1, ledger.FreeCount);
    }

    [Fact]
    public void A_page_made_and_dropped_between_two_readers_is_free_at_once()
    {
        PageLedger ledger = LedgerWith(0);
        ledger.Begin(10, [9]);
        ledger.Commit([new PageSpan(50, 3, 0)], hasReaders: true);
        ledger.Begin(11, [9]);
        ledger.Free(50, 3);
        ledger.Free(20, 1);
        ledger.Commit([], hasReaders: true);
        ledger.Begin(12, [9, 11]);
        Assert.Equal(3, ledger.FreeCount);
        Assert.Equal([20UL, 50, 51, 52], ledger.Committed());
        ledger.Rollback();
        ledger.Begin(12, [9, 10]);
        ledger.Rollback();
        ledger.Begin(12, []);
        Assert.Equal(4, ledger.FreeCount);
    }

    [Fact]
    public void A_reader_within_the_life_of_a_page_keeps_it()
    {
        PageLedger ledger = LedgerWith(0);
        ledger.Begin(10, [9]);
        ledger.Commit([new PageSpan(50, 3, 0)], hasReaders: true);
        ledger.Begin(11, [9, 10]);
        ledger.Free(50, 3);
        ledger.Commit([], hasReaders: true);
        ledger.Begin(12, [9, 10]);
        Assert.Equal(0, ledger.FreeCount);
        ledger.Rollback();
        ledger.Begin(12, [9]);
        Assert.Equal(3, ledger.FreeCount);
    }

    [Fact]
    public void A_rollback_gives_everything_back()
    {
        PageLedger ledger = LedgerWith(8);
        ulong[] before = ledger.Committed();
        ledger.Begin(5, []);
        ledger.Allocate(3);
        ledger.Free(90, 4);
        Assert.Equal(before, ledger.Committed());
        ledger.Rollback();
        Assert.Equal(before, ledger.Committed());
        Assert.Equal(8, ledger.FreeCount);
    }

    [Fact]
    public void A_page_freed_twice_is_a_broken_invariant()
    {
        PageLedger ledger = LedgerWith(3);
        ledger.Begin(5, []);
        ledger.Free(11, 1);
        ledger.Commit([], hasReaders: false);
        Assert.Throws<InvariantException>(() => ledger.Begin(6, []));
    }

    private static PageLedger LedgerWith(uint pages)
    {
        var free = new FreePages();
        free.Add(10, pages);
        return new PageLedger(free);
    }

    private static ulong Naive(SortedSet<ulong> free, uint count)
    {
        ulong start = 0;
        uint length = 0;
        foreach (ulong page in free)
        {
            if (length == 0 || page != start + length)
                (start, length) = (page, 0);
            if (++length == count)
                return start;
        }

        return 0;
    }
}

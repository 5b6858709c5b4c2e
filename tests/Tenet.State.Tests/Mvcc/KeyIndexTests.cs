using System.Text;
using Tenet.Foundation.Randomness;
using Tenet.State.Mvcc;
using Tenet.State.Mvcc.Index;

namespace Tenet.State.Tests.Mvcc;

public class KeyIndexTests
{
    [Fact]
    public void Compaction_leaves_what_the_contract_shows()
    {
        Assert.Equal([2, 3, 4, 5], Remaining(2));
        Assert.Equal([4, 5], Remaining(4));
        Assert.Equal([5], Remaining(5));
        Assert.Empty(Remaining(6));
    }

    [Fact]
    public void A_key_deleted_and_put_again_in_one_revision_stays()
    {
        var index = new KeyIndex();
        index.Put("a"u8, new Revision(2, 0));
        index.Delete("a"u8, new Revision(3, 0));
        index.Put("a"u8, new Revision(3, 1));
        bool anyKept = false;
        Assert.Null(index.Compact([], 3, 100, ref anyKept));
        Assert.True(index.TryGet("a"u8, 3, out KeyVersion version));
        Assert.Equal(new KeyVersion(new Revision(3, 1), 3, 1), version);
        Assert.True(index.Holds("a"u8, new Revision(3, 1)));
    }

    [Fact]
    public void Versions_and_create_revisions_survive_compaction()
    {
        var index = new KeyIndex();
        for (int main = 2; main <= 6; main++)
            index.Put("a"u8, new Revision(main, 0));
        index.Delete("a"u8, new Revision(7, 0));
        index.Put("a"u8, new Revision(8, 0));
        index.Put("a"u8, new Revision(9, 3));
        bool anyKept = false;
        index.Compact([], 5, 100, ref anyKept);
        Assert.True(anyKept);
        Assert.False(index.TryGet("a"u8, 4, out _));
        Assert.True(index.TryGet("a"u8, 5, out KeyVersion version));
        Assert.Equal(new KeyVersion(new Revision(5, 0), 2, 4), version);
        Assert.True(index.TryGet("a"u8, 6, out version));
        Assert.Equal(new KeyVersion(new Revision(6, 0), 2, 5), version);
        Assert.False(index.TryGet("a"u8, 7, out _));
        Assert.True(index.TryGet("a"u8, 8, out version));
        Assert.Equal(new KeyVersion(new Revision(8, 0), 8, 1), version);
        Assert.True(index.TryGet("a"u8, 100, out version));
        Assert.Equal(new KeyVersion(new Revision(9, 3), 8, 2), version);
    }

    [Theory]
    [InlineData(1, 3000, 2000)]
    [InlineData(2, 20000, 300)]
    [InlineData(3, 30000, 30000)]
    public void It_stays_sorted_counted_and_findable_while_keys_come_and_go(ulong seed, int operations, int keySpace)
    {
        var random = new SeededRandom(seed);
        var index = new KeyIndex();
        var live = new SortedDictionary<string, long>(StringComparer.Ordinal);
        long main = 1;
        for (int i = 0; i < operations; i++)
        {
            string key = new string('x', random.Next(3)) + random.Next(keySpace);
            main++;
            if (random.Chance(0.35))
            {
                Assert.Equal(live.Remove(key), index.Delete(Encoding.UTF8.GetBytes(key), new Revision(main, 0)));
            }
            else
            {
                index.Put(Encoding.UTF8.GetBytes(key), new Revision(main, 0));
                live[key] = main;
            }

            if (random.Chance(0.001))
                Compact(index, main - random.Next(100), 1 + random.Next(300));
        }

        CheckAgainst(index, live, random);
        Compact(index, main + 1, 100);
        Assert.Equal(live.Count, index.KeyCount);
        CheckAgainst(index, live, random);
        foreach (string key in live.Keys)
            Assert.True(index.Delete(Encoding.UTF8.GetBytes(key), new Revision(++main, 0)));
        Compact(index, main + 1, 1000);
        Assert.Equal(0, index.KeyCount);
        Assert.Equal(0, index.CountLive(KeyRange.All));
        Assert.False(index.Scan(KeyRange.All).MoveNext());
    }

    [Fact]
    public void Ascending_keys_cost_little_memory()
    {
        const int Keys = 200_000;
        var index = new KeyIndex();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < Keys; i++)
            index.Put(Encoding.UTF8.GetBytes($"key-{i:d9}"), new Revision(i + 2, 0));
        long perKey = (GC.GetTotalMemory(forceFullCollection: true) - before) / Keys;
        Assert.InRange(perKey, 1, 120);
        Assert.Equal(Keys, index.LiveCount);
    }

    private static void Compact(KeyIndex index, long at, int limit)
    {
        bool anyKept = false;
        byte[]? next = [];
        while (next != null)
            next = index.Compact(next, at, limit, ref anyKept);
    }

    private static void CheckAgainst(KeyIndex index, SortedDictionary<string, long> live, SeededRandom random)
    {
        Assert.Equal(live.Count, index.LiveCount);
        List<string> scanned = [];
        IndexCursor cursor = index.Scan(KeyRange.All);
        while (cursor.MoveNext())
        {
            if (cursor.Entry.TryGet(long.MaxValue, out KeyVersion version))
            {
                scanned.Add(Encoding.UTF8.GetString(cursor.Key));
                Assert.Equal(live[scanned[^1]], version.Modified.Main);
            }
        }

        Assert.Equal(live.Keys, scanned);
        for (int i = 0; i < 50; i++)
        {
            string start = random.Next(40000).ToString(System.Globalization.CultureInfo.InvariantCulture);
            string end = random.Next(40000).ToString(System.Globalization.CultureInfo.InvariantCulture);
            KeyRange range = KeyRange.Of(Encoding.UTF8.GetBytes(start), Encoding.UTF8.GetBytes(end));
            int expected = live.Keys.Count(key => string.CompareOrdinal(key, start) >= 0 && string.CompareOrdinal(key, end) < 0);
            Assert.Equal(expected, index.CountLive(range));
            int found = 0;
            for (cursor = index.Scan(range); cursor.MoveNext();)
                found += cursor.Entry.IsLive ? 1 : 0;
            Assert.Equal(expected, range.IsEmpty ? 0 : found);
        }
    }

    // The history of contract/storage.md, 6.2: put 1, put 2, del 3, put 4, del 5.
    private static List<long> Remaining(long compactAt)
    {
        var index = new KeyIndex();
        index.Put("k"u8, new Revision(1, 0));
        index.Put("k"u8, new Revision(2, 0));
        index.Delete("k"u8, new Revision(3, 0));
        index.Put("k"u8, new Revision(4, 0));
        index.Delete("k"u8, new Revision(5, 0));
        Compact(index, compactAt, 1);
        List<long> held = [];
        for (int main = 1; main <= 5; main++)
        {
            if (index.Holds("k"u8, new Revision(main, 0)))
                held.Add(main);
        }

        return held;
    }
}

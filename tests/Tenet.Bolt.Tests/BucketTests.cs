using Tenet.Bolt.Tests.Support;
using Tenet.Foundation.Files.Simulation;

namespace Tenet.Bolt.Tests;

/// <summary>What buckets refuse, nested and inline buckets, and what readers are spared.</summary>
public sealed class BucketTests
{
    private readonly SimFileSystem _files = new();

    [Fact]
    public void Keys_and_values_have_limits()
    {
        using BoltDatabase database = _files.Open();
        using BoltWriteTransaction transaction = database.BeginWrite();
        BoltBucket bucket = transaction.CreateBucket("b"u8);
        Assert.Equal("key required", Assert.Throws<ArgumentException>(() => bucket.Put([], [])).Message);
        Assert.Equal("key required", Assert.Throws<ArgumentException>(() => transaction.CreateBucket([])).Message);
        Assert.Equal("key too large", Assert.Throws<ArgumentException>(() => bucket.Put(new byte[32769], [])).Message);
        bucket.Put(new byte[32768], new byte[1]);
        bucket.Put("empty value"u8, []);
        transaction.Commit();
        using BoltReadTransaction view = database.BeginRead();
        Assert.True(view.Bucket("b"u8)!.TryGet(new byte[32768], out ReadOnlySpan<byte> value));
        Assert.Equal(1, value.Length);
        Assert.True(view.Bucket("b"u8)!.TryGet("empty value"u8, out value));
        Assert.True(value.IsEmpty);
    }

    [Fact]
    public void A_key_is_a_value_or_a_bucket_and_stays_so()
    {
        using BoltDatabase database = _files.Open();
        using BoltWriteTransaction transaction = database.BeginWrite();
        BoltBucket bucket = transaction.CreateBucket("b"u8);
        bucket.Put("v"u8, "1"u8);
        bucket.CreateBucket("n"u8);
        Assert.Equal("incompatible value", Assert.Throws<InvalidOperationException>(() => bucket.Put("n"u8, "2"u8)).Message);
        Assert.Equal("incompatible value", Assert.Throws<InvalidOperationException>(() => bucket.Delete("n"u8)).Message);
        Assert.Equal("incompatible value", Assert.Throws<InvalidOperationException>(() => bucket.CreateBucket("v"u8)).Message);
        Assert.Equal("incompatible value", Assert.Throws<InvalidOperationException>(() => bucket.DeleteBucket("v"u8)).Message);
        Assert.Equal("bucket already exists", Assert.Throws<InvalidOperationException>(() => bucket.CreateBucket("n"u8)).Message);
        Assert.Equal("bucket not found", Assert.Throws<InvalidOperationException>(() => bucket.DeleteBucket("x"u8)).Message);
        Assert.Null(bucket.Bucket("v"u8));
        Assert.Null(bucket.Bucket("x"u8));
        Assert.False(bucket.Delete("x"u8));
        transaction.Commit();
    }

    [Fact]
    public void A_read_transaction_refuses_every_change()
    {
        using BoltDatabase database = _files.Open();
        database.Fill(3);
        using BoltReadTransaction view = database.BeginRead();
        BoltBucket bucket = view.Bucket("b"u8)!;
        Assert.Throws<InvalidOperationException>(() => bucket.Put("k"u8, "v"u8));
        Assert.Throws<InvalidOperationException>(() => bucket.Delete("k"u8));
        Assert.Throws<InvalidOperationException>(() => bucket.CreateBucket("n"u8));
        Assert.Throws<InvalidOperationException>(() => bucket.Sequence = 1);
    }

    [Fact]
    public void A_deleted_bucket_is_gone_with_all_its_pages()
    {
        using BoltDatabase database = _files.Open();
        database.Fill(2000);
        database.Write(static transaction =>
        {
            BoltBucket bucket = transaction.Bucket("b"u8)!;
            bucket.CreateBucket("large"u8).Put("k"u8, new byte[50_000]);
            bucket.CreateBucket("small"u8).Put("k"u8, new byte[5]);
        });
        long used = database.SizeInUse;
        using (BoltWriteTransaction transaction = database.BeginWrite())
        {
            BoltBucket bucket = transaction.Bucket("b"u8)!;
            bucket.Put("k00100x"u8, "changed first"u8);
            bucket.Bucket("large"u8)!.Put("x"u8, "y"u8);
            transaction.DeleteBucket("b"u8);
            Assert.Throws<InvalidOperationException>(() => bucket.Put("k"u8, "v"u8));
            Assert.Null(transaction.Bucket("b"u8));
            transaction.CreateBucket("b"u8).Put("again"u8, "1"u8);
            transaction.Commit();
        }

        database.BeginWrite().Dispose();
        Assert.True(database.SizeInUse < used / 10, $"{used} → {database.SizeInUse}");
        Assert.Single(ModelBucket.Read(database.BeginRead()).Buckets[[(byte)'b']].Values);
    }

    [Fact]
    public void A_bucket_is_inline_up_to_a_quarter_of_a_page_and_may_change_its_form()
    {
        using BoltDatabase database = _files.Open();
        void Fill(int bytes) => database.Write(transaction => transaction.CreateBucketIfMissing("b"u8).Put("k"u8, new byte[bytes]));
        bool IsInline()
        {
            using BoltReadTransaction view = database.BeginRead();
            return view.Bucket("b"u8)!.RootPage == 0;
        }

        int largest = 1024 - 16 - 16 - 1;
        Fill(largest);
        Assert.True(IsInline());
        Fill(largest + 1);
        Assert.False(IsInline());
        Fill(10);
        Assert.True(IsInline());
        database.Write(static transaction => transaction.Bucket("b"u8)!.CreateBucket("n"u8));
        Assert.False(IsInline());
        database.Write(static transaction => transaction.Bucket("b"u8)!.DeleteBucket("n"u8));
        Assert.True(IsInline());
    }

    [Fact]
    public void Looking_a_key_up_allocates_nothing()
    {
        using BoltDatabase database = _files.Open();
        database.Fill(5000);
        using BoltReadTransaction view = database.BeginRead();
        BoltBucket bucket = view.Bucket("b"u8)!;
        BoltCursor cursor = bucket.Cursor();
        long Walk()
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++)
            {
                Assert.True(bucket.TryGet("k02345"u8, out _));
                Assert.False(bucket.TryGet("k02345x"u8, out _));
                cursor.Seek("k01000"u8);
                for (int step = 0; step < 100; step++)
                    cursor.Next();
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Walk();
        Assert.Equal(0, Walk());
    }

    [Fact]
    public void Put_without_copy_reads_the_buffers_at_commit()
    {
        using BoltDatabase database = _files.Open();
        byte[] value = [1, 2, 3];
        using (BoltWriteTransaction transaction = database.BeginWrite())
        {
            transaction.CreateBucket("b"u8).PutWithoutCopy(new byte[] { 9 }, value);
            Assert.True(transaction.Bucket("b"u8)!.TryGet([9], out ReadOnlySpan<byte> seen));
            Assert.True(seen.Overlaps(value));
            transaction.Commit();
        }

        value[0] = 77;
        using BoltReadTransaction view = database.BeginRead();
        Assert.True(view.Bucket("b"u8)!.TryGet([9], out ReadOnlySpan<byte> stored));
        Assert.Equal([1, 2, 3], stored.ToArray());
    }

    [Fact]
    public void Stats_count_what_there_is()
    {
        using BoltDatabase database = _files.Open();
        database.Fill(1000);
        database.Write(static transaction => transaction.Bucket("b"u8)!.CreateBucket("n"u8).Put("x"u8, "1"u8));
        using BoltReadTransaction view = database.BeginRead();
        BoltBucketStats stats = view.Bucket("b"u8)!.Stats();
        Assert.Equal(1002, stats.Keys);
        Assert.Equal(2, stats.Depth);
        Assert.Equal(1, stats.BranchPages);
        Assert.Equal(1, stats.InlineBuckets);
        Assert.Equal(1, stats.Buckets);
        Assert.True(stats.LeafPages > 20);
        Assert.True(stats.BytesInUse > 1000 * 122);
    }

    [Fact]
    public void Many_puts_into_the_middle_of_one_leaf_stay_sorted_and_sound()
    {
        using BoltDatabase database = _files.Open();
        var random = new Tenet.Foundation.Randomness.SeededRandom(4);
        int[] order = [.. Enumerable.Range(0, 20_000)];
        for (int i = order.Length - 1; i > 0; i--)
        {
            int j = random.Next(i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }

        database.Write(transaction =>
        {
            BoltBucket bucket = transaction.CreateBucket("b"u8);
            foreach (int number in order)
                bucket.Put(Databases.Bytes($"k{number:d5}"), new byte[10]);
        });
        using BoltReadTransaction view = database.BeginRead();
        Assert.Equal(20_000, view.Bucket("b"u8)!.Stats().Keys);
        BoltCursor cursor = view.Bucket("b"u8)!.Cursor();
        for (int i = 0; i < 20_000; i++)
        {
            Assert.True(cursor.Next());
            Assert.True(cursor.Key.SequenceEqual(Databases.Bytes($"k{i:d5}")));
        }
    }

    [Fact]
    public void Merging_keeps_what_other_writers_rely_on()
    {
        using BoltDatabase database = _files.Open(Databases.Options with { PageSize = 1024 });
        var random = new Tenet.Foundation.Randomness.SeededRandom(8);
        database.Fill(3000, valueBytes: 60);
        var left = new List<int>(Enumerable.Range(0, 3000));
        while (left.Count > 0)
        {
            database.Write(transaction =>
            {
                int start = random.Next(left.Count);
                int count = Math.Min(random.Next(1, 300), left.Count - start);
                foreach (int number in left.GetRange(start, count))
                    Assert.True(transaction.Bucket("b"u8)!.Delete(Databases.Bytes($"k{number:d5}")));
                left.RemoveRange(start, count);
            });
            using BoltReadTransaction view = database.BeginRead();
            WriterInvariants.Check(view, "b"u8);
            Assert.Equal(left.Count, view.Bucket("b"u8)!.Stats().Keys);
        }
    }
}

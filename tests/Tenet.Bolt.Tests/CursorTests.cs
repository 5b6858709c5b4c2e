using Tenet.Bolt.Tests.Support;
using Tenet.Foundation.Files.Simulation;
using Tenet.Foundation.Randomness;

namespace Tenet.Bolt.Tests;

/// <summary>Cursors in both directions, over committed pages and over changes not yet committed.</summary>
public sealed class CursorTests
{
    private readonly SimFileSystem _files = new();

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(4, 50)]
    [InlineData(5, 700)]
    [InlineData(6, 3000)]
    public void Walks_equal_the_model(ulong seed, int keys)
    {
        using BoltDatabase database = _files.Open(Databases.Options with { PageSize = 1024 });
        var random = new SeededRandom(seed);
        var model = new SortedDictionary<byte[], byte[]>(ModelBucket.ByteOrder.Instance);
        database.Write(transaction => Change(transaction, model, random, keys));
        using (BoltReadTransaction view = database.BeginRead())
            Compare(view.Bucket("b"u8)!, model, random);

        using BoltWriteTransaction changing = database.BeginWrite();
        Change(changing, model, random, keys / 3);
        Compare(changing.Bucket("b"u8)!, model, random);
        foreach (byte[] key in model.Keys.Where(_ => random.Chance(0.5)).ToArray())
        {
            changing.Bucket("b"u8)!.Delete(key);
            model.Remove(key);
        }

        Compare(changing.Bucket("b"u8)!, model, random);
        changing.Commit();
        using BoltReadTransaction after = database.BeginRead();
        Compare(after.Bucket("b"u8)!, model, random);
    }

    [Fact]
    public void A_new_cursor_starts_at_either_end()
    {
        using BoltDatabase database = _files.Open();
        database.Fill(10);
        using BoltReadTransaction view = database.BeginRead();
        BoltCursor forwards = view.Bucket("b"u8)!.Cursor();
        Assert.False(forwards.IsValid);
        Assert.True(forwards.Key.IsEmpty);
        Assert.True(forwards.Next());
        Assert.Equal("k00000"u8, forwards.Key);
        BoltCursor backwards = view.Bucket("b"u8)!.Cursor();
        Assert.True(backwards.Previous());
        Assert.Equal("k00009"u8, backwards.Key);
        Assert.False(backwards.Next());
        Assert.False(backwards.IsValid);
        Assert.True(backwards.Previous());
        Assert.Equal("k00009"u8, backwards.Key);
    }

    [Fact]
    public void A_cursor_keeps_its_entry_and_goes_on_when_the_bucket_changes_under_it()
    {
        using BoltDatabase database = _files.Open();
        database.Fill(100);
        using BoltWriteTransaction transaction = database.BeginWrite();
        BoltBucket bucket = transaction.Bucket("b"u8)!;
        BoltCursor cursor = bucket.Cursor();
        Assert.True(cursor.Seek("k00050"u8));
        bucket.Delete("k00050"u8);
        bucket.Delete("k00051"u8);
        bucket.Put("k00050a"u8, "new"u8);
        Assert.Equal("k00050"u8, cursor.Key);
        Assert.True(cursor.Next());
        Assert.Equal("k00050a"u8, cursor.Key);
        Assert.Equal("new"u8, cursor.Value);
        bucket.Put("k00049a"u8, "before"u8);
        Assert.True(cursor.Previous());
        Assert.Equal("k00049a"u8, cursor.Key);
        for (int i = 0; i < 100; i++)
            bucket.Delete(Databases.Bytes($"k{i:d5}"));
        Assert.True(cursor.Next());
        Assert.Equal("k00050a"u8, cursor.Key);
        Assert.False(cursor.Next());
    }

    [Fact]
    public void A_cursor_over_names_tells_buckets_from_values()
    {
        using BoltDatabase database = _files.Open();
        database.Write(static transaction =>
        {
            BoltBucket a = transaction.CreateBucket("a"u8);
            a.Put("v"u8, "1"u8);
            a.CreateBucket("n"u8).Put("x"u8, "2"u8);
        });
        using BoltReadTransaction view = database.BeginRead();
        BoltCursor names = view.Cursor();
        Assert.True(names.Next());
        Assert.True(names.IsBucket);
        Assert.True(names.Value.IsEmpty);
        BoltCursor inner = view.Bucket("a"u8)!.Cursor();
        Assert.True(inner.Next() && inner.IsBucket && inner.Value.IsEmpty);
        Assert.True(inner.Next() && !inner.IsBucket);
        Assert.False(view.Bucket("a"u8)!.TryGet("n"u8, out _));
    }

    private static void Change(BoltWriteTransaction transaction, SortedDictionary<byte[], byte[]> model, SeededRandom random, int keys)
    {
        BoltBucket bucket = transaction.CreateBucketIfMissing("b"u8);
        for (int i = 0; i < keys; i++)
        {
            byte[] key = new byte[random.Next(1, 30)];
            random.Fill(key);
            byte[] value = new byte[random.Next(60)];
            bucket.Put(key, value);
            model[key] = value;
        }
    }

    private static void Compare(BoltBucket bucket, SortedDictionary<byte[], byte[]> model, SeededRandom random)
    {
        byte[][] keys = [.. model.Keys];
        BoltCursor cursor = bucket.Cursor();
        foreach (byte[] key in keys)
        {
            Assert.True(cursor.Next());
            Assert.Equal(key, cursor.Key);
            Assert.Equal(model[key].Length, cursor.Value.Length);
        }

        Assert.False(cursor.Next());
        for (int i = keys.Length - 1; i >= 0; i--)
        {
            Assert.True(cursor.Previous());
            Assert.Equal(keys[i], cursor.Key);
        }

        Assert.False(cursor.Previous());
        Assert.Equal(keys.Length > 0, cursor.First());
        Assert.Equal(keys.Length > 0, cursor.Last());
        for (int i = 0; i < 200; i++)
            SeekAndWander(cursor, keys, random);
    }

    private static void SeekAndWander(BoltCursor cursor, byte[][] keys, SeededRandom random)
    {
        byte[] wanted = new byte[random.Next(1, 4)];
        random.Fill(wanted);
        int at = Array.BinarySearch(keys, wanted, ModelBucket.ByteOrder.Instance);
        at = at < 0 ? ~at : at;
        Assert.Equal(at < keys.Length, cursor.Seek(wanted));
        for (int step = 0; step < 20; step++)
        {
            bool forwards = random.Chance(0.5);
            at = Math.Clamp(at + (forwards ? 1 : -1), -1, keys.Length);
            bool expected = at >= 0 && at < keys.Length;
            Assert.Equal(expected, forwards ? cursor.Next() : cursor.Previous());
            Assert.Equal(expected, cursor.IsValid);
            Assert.Equal(expected ? keys[at] : [], cursor.Key);
        }
    }
}

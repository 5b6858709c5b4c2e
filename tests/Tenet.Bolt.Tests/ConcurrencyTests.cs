using System.Buffers.Binary;
using Tenet.Bolt.Tests.Support;
using Tenet.Foundation.Files;

namespace Tenet.Bolt.Tests;

/// <summary>Readers and the writer at the same time, on a real file.</summary>
public sealed class ConcurrencyTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Readers_keep_their_snapshot_while_the_writer_runs_and_the_file_outgrows_its_map(bool noFreelistSync)
    {
        using TemporaryDirectory directory = new();
        string path = Path.Combine(directory.Path, "db");
        BoltOptions options = new() { PageSize = 4096, NoSync = true, NoFreelistSync = noFreelistSync };
        using BoltDatabase database = BoltDatabase.Open(OsFileSystem.Instance, path, options);
        WriteRound(database, 0);
        using var stop = new ManualResetEventSlim();
        var failures = new System.Collections.Concurrent.ConcurrentQueue<Exception>();
        int reads = 0;
        var readers = new List<Thread>();
        for (int i = 0; i < 3; i++)
        {
            int number = i;
            readers.Add(new Thread(() =>
            {
                try
                {
                    while (!stop.IsSet)
                    {
                        ReadOnce(database, twice: number == 0);
                        Interlocked.Increment(ref reads);
                    }
                }
                catch (Exception failure)
                {
                    failures.Enqueue(failure);
                }
            }));
        }

        foreach (Thread reader in readers)
            reader.Start();
        for (ulong round = 1; round <= 150; round++)
            WriteRound(database, round);
        stop.Set();
        foreach (Thread reader in readers)
            reader.Join();

        Assert.Empty(failures);
        Assert.True(reads > 0);
        Assert.Empty(database.Problems());
        Assert.True(database.Size > 32768, "the first map was outgrown");
    }

    [Fact]
    public void A_reader_that_stays_does_not_keep_pages_made_and_dropped_after_it()
    {
        using TemporaryDirectory directory = new();
        string path = Path.Combine(directory.Path, "db");
        using BoltDatabase database = BoltDatabase.Open(OsFileSystem.Instance, path, new BoltOptions { PageSize = 4096, NoSync = true });
        WriteRound(database, 1);
        using BoltReadTransaction held = database.BeginRead();
        string before = ModelBucket.Read(held).Describe();
        for (ulong round = 2; round < 12; round++)
            WriteRound(database, 1);
        long size = database.Size;
        for (ulong round = 12; round < 100; round++)
            WriteRound(database, 1);
        Assert.Equal(size, database.Size);
        Assert.Equal(before, ModelBucket.Read(held).Describe());
        Assert.Empty(database.Problems());
    }

    [Fact]
    public void A_second_writer_waits_for_the_first()
    {
        using TemporaryDirectory directory = new();
        string path = Path.Combine(directory.Path, "db");
        using BoltDatabase database = BoltDatabase.Open(OsFileSystem.Instance, path, new BoltOptions { PageSize = 4096, NoSync = true });
        BoltWriteTransaction first = database.BeginWrite();
        ulong seen = 0;
        var second = new Thread(() =>
        {
            using BoltWriteTransaction transaction = database.BeginWrite();
            seen = transaction.TxId;
        });
        second.Start();
        first.CreateBucket("a"u8);
        first.Commit();
        second.Join();
        Assert.Equal(3UL, seen);
    }

    /// <summary>Every value of one round is the same; the number of keys grows with the rounds.</summary>
    private static void WriteRound(BoltDatabase database, ulong round) => database.Write(transaction =>
    {
        BoltBucket bucket = transaction.CreateBucketIfMissing("b"u8);
        byte[] value = new byte[100];
        BinaryPrimitives.WriteUInt64BigEndian(value, round);
        for (ulong i = 0; i < 100 + round * 4; i++)
            bucket.Put(Databases.Bytes($"k{i:d5}"), value);
    });

    private static void ReadOnce(BoltDatabase database, bool twice)
    {
        using BoltReadTransaction view = database.BeginRead();
        for (int pass = twice ? 2 : 1; pass > 0; pass--)
        {
            BoltBucket bucket = view.Bucket("b"u8)!;
            Assert.True(bucket.TryGet("k00000"u8, out ReadOnlySpan<byte> first));
            ulong round = BinaryPrimitives.ReadUInt64BigEndian(first);
            Assert.Equal(view.TxId - 2, round);
            BoltCursor cursor = bucket.Cursor();
            int forwards = 0;
            while (cursor.Next())
            {
                forwards++;
                if (BinaryPrimitives.ReadUInt64BigEndian(cursor.Value) != round)
                    Assert.Fail($"round {BinaryPrimitives.ReadUInt64BigEndian(cursor.Value)} within {round}");
            }

            int backwards = 0;
            while (cursor.Previous())
                backwards++;
            Assert.Equal(100 + (int)round * 4, forwards);
            Assert.Equal(forwards, backwards);
        }
    }
}

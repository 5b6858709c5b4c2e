using System.Buffers.Binary;
using Tenet.Bolt.Tests.Support;
using Tenet.Foundation.Files;
using Tenet.Foundation.Randomness;
using Tenet.Tests;

namespace Tenet.Bolt.Tests;

/// <summary>The same files under etcd's own programs, both ways.</summary>
public sealed class RealEtcdTests : IDisposable
{
    private static readonly OsFileSystem Files = OsFileSystem.Instance;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [RealEtcdFact]
    public void A_db_that_etcd_wrote_under_load_is_sound_and_can_be_written_on()
    {
        string data = Path.Combine(_directory.Path, "data");
        using (RealEtcd etcd = new(data))
        {
            Load(etcd, 310);
            etcd.CommitBackend();
            Load(etcd, 60);
            etcd.Stop(gracefully: false);
        }

        string path = RealEtcd.DbPath(data);
        using (BoltDatabase database = BoltDatabase.Open(Files, path, new BoltOptions { ReadOnly = true }))
        {
            Assert.Equal(4096, database.PageSize);
            Assert.Empty(database.Problems());
            using BoltReadTransaction view = database.BeginRead();
            Assert.True(view.Bucket("key"u8)!.Stats().Keys > 300);
            Assert.Equal(10, ModelBucket.Read(view).Buckets.Count);
        }

        using (BoltDatabase database = BoltDatabase.Open(Files, path, new BoltOptions { Strict = true }))
        {
            string before = database.Describe();
            Churn(database, 6);
            Assert.Equal(before, database.Describe());
        }

        using RealEtcd again = new(data);
        Load(again, 50);
        again.Stop(gracefully: true);
        Assert.DoesNotContain("panic", again.Log, StringComparison.Ordinal);
    }

    [RealEtcdFact]
    [Trait("Run", "Long")]
    public void Etcd_writes_to_a_db_that_was_copied_whole()
    {
        string data = Path.Combine(_directory.Path, "data");
        string content;
        long revision;
        using (RealEtcd etcd = new(data))
        {
            Load(etcd, 200);
            content = etcd.All(out revision);
            etcd.Stop(gracefully: true);
        }

        foreach (double fillPercent in (double[])[0.1, 0.5, 1.0])
        {
            Rewrite(RealEtcd.DbPath(data), fillPercent);
            using RealEtcd etcd = new(data);
            Assert.Equal(content, etcd.All(out long now));
            Assert.Equal(revision, now);
            Load(etcd, 80);
            etcd.All(out now);
            etcd.Compact(now - 10);
            Load(etcd, 40);
            etcd.Defragment();
            Load(etcd, 40);
            content = etcd.All(out revision);
            etcd.Stop(gracefully: true);
            Assert.DoesNotContain("panic", etcd.Log, StringComparison.Ordinal);
        }

        using BoltDatabase database = BoltDatabase.Open(Files, RealEtcd.DbPath(data), new BoltOptions { ReadOnly = true });
        Assert.Empty(database.Problems());
    }

    [RealEtcdFact]
    public void Etcdutl_accepts_files_of_many_shapes()
    {
        var random = new SeededRandom(5);
        foreach (bool noFreelistSync in (bool[])[true, false])
        {
            foreach (int pageSize in (int[])[1024, 4096, 65536])
            {
                foreach (int records in (int[])[0, 1, 40, 3000])
                {
                    string path = Path.Combine(_directory.Path, $"db-{noFreelistSync}-{pageSize}-{records}");
                    BoltOptions options = new() { PageSize = pageSize, NoFreelistSync = noFreelistSync, NoSync = true, Strict = true };
                    using (BoltDatabase database = BoltDatabase.Open(Files, path, options))
                        Shape(database, records, random);
                    (int exitCode, string output, string error) = RealEtcd.Run("etcdutl", "snapshot", "status", path, "-w", "json");
                    Assert.True(exitCode == 0, $"{path}: {output} {error}");
                    Assert.Contains("\"hash\"", output, StringComparison.Ordinal);
                }
            }
        }
    }

    [RealEtcdFact]
    public void Etcdutl_accepts_a_tree_of_nested_buckets_and_a_long_freelist()
    {
        string path = Path.Combine(_directory.Path, "nested");
        using (BoltDatabase database = BoltDatabase.Open(Files, path, new BoltOptions { PageSize = 1024, NoFreelistSync = false, NoSync = true }))
        {
            var workload = new Workload(9);
            var model = new ModelBucket();
            for (int i = 0; i < 20; i++)
                database.Write(transaction => workload.Change(transaction, model, 30));
            database.Write(transaction => transaction.CreateBucketIfMissing("large"u8).Put("k"u8, new byte[66_000 * 1024]));
            database.Write(transaction => transaction.DeleteBucket("large"u8));
            AddRecord(database, 1, 10);
            Assert.Empty(database.Problems());
        }

        (int exitCode, string output, string error) = RealEtcd.Run("etcdutl", "snapshot", "status", path, "-w", "json");
        Assert.True(exitCode == 0, $"{output} {error}");
    }

    private static void Load(RealEtcd etcd, int puts)
    {
        for (int i = 0; i < puts; i++)
        {
            etcd.Put($"key-{i % 97:d4}", new string((char)('a' + i % 26), i % 50 == 0 ? 20_000 : 40 + i * 7 % 500));
            if (i % 40 == 39)
                etcd.DeletePrefix($"key-{i % 97 / 10:d3}");
        }
    }

    /// <summary>Copies all buckets into a new file, which then takes the old one's place; on the way pages are torn apart and joined again.</summary>
    private static void Rewrite(string path, double fillPercent)
    {
        string copy = path + ".copy";
        using (BoltDatabase source = BoltDatabase.Open(Files, path, new BoltOptions { ReadOnly = true }))
        using (BoltDatabase target = BoltDatabase.Open(Files, copy, new BoltOptions { Strict = true }))
        {
            using (BoltReadTransaction view = source.BeginRead())
                BoltCompaction.CopyTo(view, target, operationsPerCommit: 37, fillPercent);
            Assert.Equal(source.Describe(), target.Describe());
            Churn(target, 10);
            Assert.Equal(source.Describe(), target.Describe());
        }

        File.Move(copy, path, overwrite: true);
    }

    /// <summary>Adds keys between the existing ones, removes them again, and rewrites others: the content stays, the tree does not.</summary>
    private static void Churn(BoltDatabase database, int rounds)
    {
        var random = new SeededRandom(3);
        for (int round = 0; round < rounds; round++)
        {
            var added = new List<byte[]>();
            database.Write(transaction =>
            {
                BoltBucket bucket = transaction.Bucket("key"u8)!;
                bucket.FillPercent = 0.5;
                BoltCursor cursor = bucket.Cursor();
                while (cursor.Next())
                {
                    if (random.Chance(0.3))
                        added.Add([.. cursor.Key, (byte)round]);
                    if (random.Chance(0.05))
                        bucket.Put(cursor.Key, cursor.Value.ToArray());
                }

                foreach (byte[] key in added)
                    bucket.Put(key, new byte[random.Next(900)]);
            });
            database.Write(transaction =>
            {
                foreach (byte[] key in added)
                    transaction.Bucket("key"u8)!.Delete(key);
            });
        }
    }

    private static void Shape(BoltDatabase database, int records, SeededRandom random)
    {
        foreach (string name in (string[])["alarm", "auth", "cluster", "key", "meta"])
            database.Write(transaction => transaction.CreateBucket(Databases.Bytes(name)));
        for (int i = 0; i < records; i++)
        {
            int from = i;
            i = Math.Min(records, i + random.Next(1, 800)) - 1;
            for (int j = from; j <= i; j += 100)
                AddRecord(database, j, Math.Min(100, i + 1 - j));
        }

        if (records < 40)
            return;
        database.Write(transaction =>
        {
            BoltBucket bucket = transaction.Bucket("key"u8)!;
            for (int i = 0; i < records; i++)
            {
                if (i % 7 != 0 || (i > records / 2 && i < records * 3 / 4))
                    bucket.Delete(Revision((ulong)i));
            }
        });
        AddRecord(database, records, 30);
    }

    private static void AddRecord(BoltDatabase database, int from, int count) => database.Write(transaction =>
    {
        BoltBucket bucket = transaction.CreateBucketIfMissing("key"u8);
        for (int i = from; i < from + count; i++)
            bucket.Put(Revision((ulong)i), new byte[i % 61 == 0 ? 9000 : 30 + i % 200]);
    });

    private static byte[] Revision(ulong main)
    {
        byte[] key = new byte[17];
        BinaryPrimitives.WriteUInt64BigEndian(key, main);
        key[8] = (byte)'_';
        return key;
    }
}

using Tenet.Bolt.Tests.Support;
using Tenet.Foundation.Files.Simulation;

namespace Tenet.Bolt.Tests;

/// <summary>What a full or failing disk does to a commit.</summary>
public sealed class FaultTests
{
    private readonly SimFileSystem _files = new();

    [Fact]
    public void A_full_disk_drops_the_commit_and_leaves_the_database_usable()
    {
        using BoltDatabase database = _files.Open();
        database.Fill(200);
        // What the commits before dropped counts as free once a write transaction has ended after them.
        database.BeginWrite().Dispose();
        string before = database.Describe();
        long size = database.SizeInUse;
        _files.CapacityBytes = database.Size;

        for (int i = 0; i < 3; i++)
        {
            Assert.Throws<IOException>(() => database.Fill(5000, from: 1000));
            Assert.Equal(before, database.Describe());
            Assert.Equal(size, database.SizeInUse);
        }

        _files.CapacityBytes = long.MaxValue;
        database.Fill(5000, from: 1000);
        Assert.Empty(database.Problems());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_write_that_fails_anywhere_drops_the_commit_only(bool noFreelistSync)
    {
        int failures = 0;
        for (int failing = 1; ; failing++)
        {
            var files = new SimFileSystem();
            using BoltDatabase database = files.Open(Databases.Options with { NoFreelistSync = noFreelistSync });
            database.Fill(300);
            using (BoltReadTransaction reader = database.BeginRead())
            {
                string before = database.Describe();
                var fault = new FailOnce(failing, static operation => operation is DiskOperation.Write or DiskOperation.SetLength);
                files.Faults = fault;
                Exception? failure = Record.Exception(() => ScatterChanges(database));
                if (failure is null)
                    break;
                Assert.IsType<IOException>(failure);
                failures++;
                Assert.Equal(before, database.Describe());
                Assert.Empty(database.Problems());
            }

            ScatterChanges(database);
            Assert.Empty(database.Problems());
            string after = database.Describe();
            using BoltDatabase reopened = files.Crash(new Tenet.Foundation.Randomness.SeededRandom(3)).Open();
            Assert.Equal(after, reopened.Describe());
        }

        Assert.True(failures >= 3, $"{failures} places");
    }

    [Fact]
    public void A_failed_sync_refuses_every_later_write_and_serves_reads()
    {
        int places = 0;
        for (int failing = 1; ; failing++)
        {
            var files = new SimFileSystem();
            using BoltDatabase database = files.Open();
            database.Fill(300);
            string before = database.Describe();
            files.Faults = new FailOnce(failing, static operation => operation is DiskOperation.SyncData or DiskOperation.Sync);
            if (Record.Exception(() => database.Fill(3000)) is not { } failure)
                break;
            places++;
            Assert.IsType<IOException>(failure);
            for (int i = 0; i < 2; i++)
            {
                IOException refusal = Assert.Throws<IOException>(() => database.BeginWrite());
                Assert.StartsWith("/db refuses writes, because what an earlier commit left on disk is not known:", refusal.Message, StringComparison.Ordinal);
            }

            Assert.Equal(before, database.Describe());
        }

        Assert.Equal(3, places);
    }

    [Fact]
    public void A_commit_that_failed_at_its_meta_page_never_comes_back()
    {
        using BoltDatabase database = _files.Open();
        database.Fill(100);
        var fault = new FailAfterMeta(_files);
        _files.Faults = fault;
        Assert.Throws<IOException>(() => database.Fill(100, from: 100));
        _files.Faults = null;
        string before = database.Describe();
        for (ulong seed = 0; seed < 20; seed++)
        {
            using BoltDatabase crashed = _files.Crash(new Tenet.Foundation.Randomness.SeededRandom(seed)).Open();
            Assert.Equal(before, crashed.Describe());
        }

        database.Fill(100, from: 200);
    }

    private static void ScatterChanges(BoltDatabase database) => database.Write(transaction =>
    {
        BoltBucket bucket = transaction.Bucket("b"u8)!;
        for (int i = 0; i < 300; i += 40)
            bucket.Put(Databases.Bytes($"k{i:d5}"), new byte[3000]);
        for (int i = 0; i < 200; i++)
            bucket.Put(Databases.Bytes($"x{i:d5}"), new byte[3000]);
        transaction.CreateBucketIfMissing("c"u8).Put("k"u8, new byte[600_000]);
    });

    private sealed class FailOnce(int number, Func<DiskOperation, bool> which) : IDiskFaults
    {
        private int _seen;

        public void Before(in DiskEvent operation)
        {
            if (which(operation.Operation) && ++_seen == number)
                throw new IOException("the disk says no");
        }
    }

    /// <summary>The meta page reaches the disk, and yet the write reports an error.</summary>
    private sealed class FailAfterMeta(SimFileSystem files) : IDiskFaults
    {
        private bool _failed;

        public void After(in DiskEvent operation)
        {
            if (_failed || operation.Operation != DiskOperation.Write || operation.Offset >= 8192)
                return;
            _failed = true;
            files.MakeDurable();
            throw new IOException("the disk says no");
        }
    }
}

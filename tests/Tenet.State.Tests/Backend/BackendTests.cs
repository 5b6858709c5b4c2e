using System.Text;
using Tenet.Bolt;
using Tenet.Foundation;
using Tenet.Foundation.Files.Simulation;
using Tenet.State.Backends;
using Tenet.State.Tests.Mvcc;

namespace Tenet.State.Tests.Backends;

public class BackendTests
{
    private const string Path = StoreFixture.Path;

    [Fact]
    public void Reads_see_the_open_batch_over_the_sealed_one_over_the_file()
    {
        using Backend backend = Open();
        Put(backend, "a", "file");
        Put(backend, "b", "file");
        Put(backend, "c", "file");
        backend.CommitNow();
        Put(backend, "b", "sealed");
        backend.Delete(Bucket.Cluster, "c"u8);
        Put(backend, "d", "sealed");
        SealedBatch batch = backend.Seal()!;
        Put(backend, "d", "open");
        Put(backend, "c", "open");
        backend.Delete(Bucket.Cluster, "a"u8);
        Assert.Equal("b=sealed c=open d=open", Scan(backend, Bucket.Cluster));
        Assert.Null(Get(backend, "a"));
        using BackendRead before = backend.OpenRead();
        backend.Commit(batch);
        Assert.Equal("b=sealed c=open d=open", Scan(backend, Bucket.Cluster));
        backend.CommitNow();
        Put(backend, "e", "later");
        Assert.Equal("b=sealed c=open d=open e=later", Scan(backend, Bucket.Cluster));
        Assert.Equal("b=sealed c=open d=open", Scan(before, Bucket.Cluster));
    }

    [Fact]
    public void Only_one_batch_waits_for_its_commit()
    {
        using Backend backend = Open(new BackendOptions { BatchLimit = 2 });
        Assert.Null(backend.Seal());
        Put(backend, "a", "1");
        Assert.False(backend.WantsCommit);
        Put(backend, "b", "1");
        Assert.True(backend.WantsCommit);
        SealedBatch batch = backend.Seal()!;
        Assert.Equal((2, 0), (batch.Operations, backend.PendingOperations));
        for (int i = 0; i < 16; i++)
        {
            Assert.False(backend.MustWait);
            Put(backend, $"c{i}", "1");
        }

        Assert.True(backend.MustWait);
        Assert.Null(backend.Seal());
        backend.Commit(batch);
        backend.Commit(batch);
        Assert.False(backend.MustWait);
        Assert.NotNull(backend.Seal());
    }

    [Fact]
    public void The_consistent_index_is_committed_with_the_batch_it_belongs_to()
    {
        var files = StoreFixture.NewDisk();
        using (Backend backend = Backend.Open(files, Path, new BackendOptions()))
        {
            Assert.Equal((0ul, 0ul), (backend.ConsistentIndex, backend.ConsistentTerm));
            backend.SetConsistentIndex(5, 2);
            Put(backend, "a", "at 5");
            SealedBatch batch = backend.Seal()!;
            backend.SetConsistentIndex(6, 2);
            Put(backend, "a", "at 6");
            Assert.Equal(0ul, backend.CommittedIndex);
            backend.Commit(batch);
            Assert.Equal((6ul, 5ul), (backend.ConsistentIndex, backend.CommittedIndex));
        }

        using (Backend backend = Backend.Open(files, Path, new BackendOptions()))
        {
            Assert.Equal((5ul, 2ul, 5ul), (backend.ConsistentIndex, backend.ConsistentTerm, backend.CommittedIndex));
            Assert.Equal("at 5", Get(backend, "a"));
            backend.SetConsistentIndex(9, 3);
            Assert.Null(backend.Seal());
            backend.CommitNow();
            Assert.Equal(9ul, backend.CommittedIndex);
        }

        using (Backend backend = Backend.Open(files, Path, new BackendOptions()))
            Assert.Equal((9ul, 3ul), (backend.ConsistentIndex, backend.ConsistentTerm));
    }

    [Fact]
    public void The_content_hash_leaves_out_what_differs_between_members()
    {
        using Backend backend = Open();
        uint empty = backend.Hash();
        backend.SetConsistentIndex(5, 2);
        backend.Put(Bucket.Meta, MetaKeys.StorageVersion, "3.7.0"u8);
        backend.CommitNow();
        Assert.Equal(empty, backend.Hash());
        Put(backend, "a", "1");
        uint pending = backend.Hash();
        Assert.NotEqual(empty, pending);
        backend.CommitNow();
        Assert.Equal(pending, backend.Hash());
        backend.Delete(Bucket.Cluster, "a"u8);
        Assert.Equal(empty, backend.Hash());
    }

    [Fact]
    public void An_image_is_a_database_as_of_the_last_commit()
    {
        using Backend backend = Open();
        Put(backend, "a", "1");
        backend.SetConsistentIndex(3, 1);
        backend.CommitNow();
        using BackendImage image = backend.OpenImage();
        Put(backend, "a", "2");
        backend.CommitNow();
        var bytes = new List<byte>();
        var buffer = new byte[1000];
        for (int read = image.Read(buffer); read > 0; read = image.Read(buffer))
            bytes.AddRange(buffer[..read]);
        Assert.Equal((image.Length, 3ul), (bytes.Count, image.ConsistentIndex));
        var disk = StoreFixture.NewDisk();
        using (Foundation.Files.IFile file = disk.Open(Path, Foundation.Files.FileOpenMode.CreateNew, FileAccess.ReadWrite))
            file.Write(bytes.ToArray(), 0);
        using Backend copy = Backend.Open(disk, Path, new BackendOptions());
        Assert.Equal("a=1", Scan(copy, Bucket.Cluster));
        Assert.Equal(3ul, copy.ConsistentIndex);
    }

    [Fact]
    public void Defragmentation_gives_space_back_and_changes_nothing_else()
    {
        using Backend backend = Open();
        for (int i = 0; i < 500; i++)
            Put(backend, $"key{i}", new string('x', 2000));
        backend.SetConsistentIndex(7, 1);
        backend.CommitNow();
        for (int i = 0; i < 490; i++)
            backend.Delete(Bucket.Cluster, Encoding.UTF8.GetBytes($"key{i}"));
        backend.CommitNow();
        Put(backend, "pending", "1");
        long size = backend.Size;
        uint hash = backend.Hash();
        using BackendRead before = backend.OpenRead();
        string content = Scan(backend, Bucket.Cluster);
        backend.Defragment();
        Assert.InRange(backend.Size, 1, size / 4);
        Assert.Equal(hash, backend.Hash());
        Assert.Equal(content, Scan(backend, Bucket.Cluster));
        Assert.Equal(content, Scan(before, Bucket.Cluster));
        Put(backend, "later", "1");
        backend.CommitNow();
        backend.Defragment();
        Assert.Equal("1", Get(backend, "later"));
        Assert.Equal(7ul, backend.ConsistentIndex);
    }

    [Fact]
    public void A_failed_copy_leaves_the_old_file_in_use()
    {
        var files = StoreFixture.NewDisk();
        using Backend backend = Backend.Open(files, Path, new BackendOptions());
        Put(backend, "a", "1");
        backend.CommitNow();
        files.Faults = new FailOn(path => path.Contains(".tmp.", StringComparison.Ordinal), DiskOperation.Write);
        Assert.Throws<IOException>(backend.Defragment);
        files.Faults = new FailOn(path => path.Contains(".tmp.", StringComparison.Ordinal), DiskOperation.Rename);
        Assert.Throws<IOException>(backend.Defragment);
        files.Faults = null;
        Assert.Equal(["db"], files.List("/snap"));
        Put(backend, "b", "2");
        backend.CommitNow();
        Assert.Equal("a=1 b=2", Scan(backend, Bucket.Cluster));
    }

    [Fact]
    public void A_crash_at_any_step_of_a_defragmentation_loses_nothing()
    {
        var files = StoreFixture.NewDisk();
        using Backend backend = Backend.Open(files, Path, new BackendOptions());
        for (int i = 0; i < 50; i++)
            Put(backend, $"key{i}", new string('x', 500));
        backend.CommitNow();
        uint hash = backend.Hash();
        var crashes = new CrashEverywhere(files, 11);
        files.Faults = crashes;
        backend.Defragment();
        files.Faults = null;
        Assert.True(crashes.Disks.Count > 10);
        foreach (SimFileSystem disk in crashes.Disks)
        {
            using Backend survivor = Backend.Open(disk, Path, new BackendOptions());
            Assert.Equal(hash, survivor.Hash());
            Assert.Equal(["db"], disk.List("/snap"));
        }
    }

    [Fact]
    public void Nothing_is_written_after_a_commit_failed()
    {
        var files = StoreFixture.NewDisk();
        using Backend backend = Backend.Open(files, Path, new BackendOptions());
        Put(backend, "a", "1");
        files.Faults = new FailOn(_ => true, DiskOperation.SyncData);
        Assert.ThrowsAny<IOException>(backend.CommitNow);
        files.Faults = null;
        Assert.Throws<IOException>(backend.CommitNow);
        Assert.Throws<IOException>(backend.Defragment);
        Assert.Equal("a=1", Scan(backend, Bucket.Cluster));
    }

    [Fact]
    public void A_damaged_file_is_refused()
    {
        var files = StoreFixture.NewDisk();
        using (Foundation.Files.IFile file = files.Open(Path, Foundation.Files.FileOpenMode.CreateNew, FileAccess.ReadWrite))
            file.Write(Enumerable.Repeat((byte)0xab, 40_000).ToArray(), 0);
        Assert.Throws<CorruptionException>(() => Backend.Open(files, Path, new BackendOptions()));
        Assert.Throws<CorruptionException>(() => Backend.Open(files, Path, new BackendOptions()));
    }

    [Fact]
    public void A_file_in_use_is_not_opened_twice()
    {
        var files = StoreFixture.NewDisk();
        using Backend backend = Backend.Open(files, Path, new BackendOptions());
        Assert.Throws<TimeoutException>(() => Backend.Open(files, Path, new BackendOptions { LockTimeout = TimeSpan.Zero }));
    }

    [Fact]
    public void A_file_opened_for_reading_stays_as_it_is()
    {
        SimFileSystem disk = StoreFixture.NewDisk();
        using (BoltDatabase database = BoltDatabase.Open(disk, Path, new BoltOptions()))
        {
            using BoltWriteTransaction transaction = database.BeginWrite();
            transaction.CreateBucket("cluster"u8).Put("a"u8, "1"u8);
            transaction.Commit();
        }

        long operations = disk.OperationCount;
        using (Backend backend = Backend.Open(disk, Path, new BackendOptions { ReadOnly = true }))
        {
            Assert.Equal("a=1", Scan(backend, Bucket.Cluster));
            Assert.Equal("", Scan(backend, Bucket.Lease));
        }

        Assert.Equal(operations, disk.OperationCount);
    }

    private static Backend Open(BackendOptions? options = null) => Backend.Open(StoreFixture.NewDisk(), Path, options ?? new BackendOptions());

    private static void Put(Backend backend, string key, string value) =>
        backend.Put(Bucket.Cluster, Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value));

    private static string? Get(Backend backend, string key)
    {
        using BackendRead read = backend.OpenRead();
        return read.TryGet(Bucket.Cluster, Encoding.UTF8.GetBytes(key), out ReadOnlySpan<byte> value) ? Encoding.UTF8.GetString(value) : null;
    }

    private static string Scan(Backend backend, Bucket bucket)
    {
        using BackendRead read = backend.OpenRead();
        return Scan(read, bucket);
    }

    private static string Scan(BackendRead read, Bucket bucket)
    {
        List<string> found = [];
        BackendCursor cursor = read.Scan(bucket, []);
        while (cursor.MoveNext())
            found.Add($"{Encoding.UTF8.GetString(cursor.Key)}={Encoding.UTF8.GetString(cursor.Value)}");
        return string.Join(' ', found);
    }
}

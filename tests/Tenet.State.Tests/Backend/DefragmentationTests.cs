using System.Text;
using Tenet.Bolt;
using Tenet.Foundation.Files;
using Tenet.Foundation.Files.Simulation;
using Tenet.Foundation.Randomness;
using Tenet.State.Backends;
using Tenet.State.Tests.Mvcc;

namespace Tenet.State.Tests.Backends;

/// <summary>Defragmentation in steps, while the store is written, compacted, replaced, closed, and while the power goes.</summary>
public class DefragmentationTests
{
    private const string Directory = "/snap";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void What_is_written_meanwhile_is_in_the_new_file(ulong seed)
    {
        var files = StoreFixture.NewDisk();
        using var store = new StoreFixture(files);
        using var twin = new StoreFixture();
        var random = new SeededRandom(seed);
        ulong entry = 0;
        for (int i = 0; i < 300; i++)
            Both(Change);
        Both(static one => one.Compact(one.Store.CurrentRevision - 20));

        // What the compaction has removed is in the open batch still: it gets into the file behind the copy's back.
        using (BackendDefragmentation defragmentation = store.Store.TryBeginDefragmentation()!)
        {
            while (defragmentation.Step(1 + random.Next(9), 1 << 20))
            {
                for (int i = random.Next(8); i > 0; i--)
                    Both(Change);
                if (random.Next(3) == 0 && store.Backend.Seal() is { } batch)
                    store.Backend.Commit(batch);
            }

            Both(Change);
            store.Backend.CommitNow();
            Both(Change);
            Assert.True(defragmentation.Switch());
            Assert.False(store.Backend.IsDefragmenting);
        }

        Both(Change);
        store.Backend.CommitNow();
        twin.Backend.CommitNow();
        Assert.Equal(twin.Backend.Hash(), store.Backend.Hash());
        Assert.Equal(entry, store.Backend.ConsistentIndex);
        Assert.Equal(["db"], files.List(Directory));
        store.Dispose();
        using (BoltDatabase file = BoltDatabase.Open(files, StoreFixture.Path, new BoltOptions { ReadOnly = true }))
        using (BoltReadTransaction view = file.BeginRead())
            Assert.True(view.Check().IsSound);
        using var reopened = new StoreFixture(files);
        Assert.Equal(twin.Backend.Hash(), reopened.Backend.Hash());
        Assert.Equal(entry, reopened.Backend.ConsistentIndex);
        Assert.Equal((twin.HashKv(), twin.Store.CurrentRevision), (reopened.HashKv(), reopened.Store.CurrentRevision));

        void Both(Action<StoreFixture> change)
        {
            entry++;
            change(store);
            change(twin);
        }

        void Change(StoreFixture one)
        {
            var own = new SeededRandom(seed * 100_000 + entry);
            one.Backend.SetConsistentIndex(entry, 1);
            byte[] name = Encoding.UTF8.GetBytes($"member{own.Next(20)}");
            switch (own.Next(10))
            {
                case < 5:
                    one.Put($"k{own.Next(40)}", new string('v', own.Next(400)));
                    break;
                case < 7:
                    one.Delete($"k{own.Next(40)}");
                    break;
                case < 9:
                    one.Backend.Put(Bucket.Members, name, Encoding.UTF8.GetBytes($"entry {entry}"));
                    break;
                default:
                    one.Backend.Delete(Bucket.Members, name);
                    break;
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_power_cut_before_any_step_on_the_disk_finds_one_whole_file_with_all_that_was_committed(ulong seed)
    {
        var files = StoreFixture.NewDisk();
        using var store = new StoreFixture(files);
        for (ulong entry = 1; entry <= 80; entry++)
            Apply(store, entry);
        store.Backend.CommitNow();
        var crashes = new Crashes(files, store.Backend, seed);
        files.Faults = crashes;
        ulong applied = 80;
        using (BackendDefragmentation defragmentation = store.Backend.BeginDefragmentation())
        {
            while (defragmentation.Step(12, 1 << 20))
            {
                Apply(store, ++applied);
                if (applied % 3 == 0 && store.Backend.Seal() is { } batch)
                    store.Backend.Commit(batch);
            }

            Assert.True(defragmentation.Switch());
        }

        while (applied < 120)
            Apply(store, ++applied);
        store.Backend.CommitNow();
        files.Faults = null;
        uint hash = store.HashKv().Hash;
        Assert.True(crashes.Found.Count > 60);
        foreach ((SimFileSystem disk, ulong committed) in crashes.Found)
        {
            using var survivor = new StoreFixture(disk);
            Assert.Equal(["db"], disk.List(Directory));
            Assert.InRange(survivor.Backend.ConsistentIndex, committed, 120UL);
            for (ulong entry = survivor.Backend.ConsistentIndex + 1; entry <= 120; entry++)
                Apply(survivor, entry);
            Assert.Equal(hash, survivor.HashKv().Hash);
        }
    }

    [Fact]
    public void A_compaction_and_a_defragmentation_wait_for_each_other()
    {
        using var store = new StoreFixture();
        for (int i = 0; i < 50; i++)
            store.Put("k", $"{i}");
        store.Store.StartCompaction(20);
        Assert.Null(store.Store.TryBeginDefragmentation());
        store.FinishCompaction();
        using (BackendDefragmentation defragmentation = store.Store.TryBeginDefragmentation()!)
        {
            store.Store.StartCompaction(40);
            long before = store.Store.RecordsCompacted;
            Assert.True(store.Store.RunCompactionBatch(1000));
            Assert.True(store.Store.RunCompactionBatch(1000));
            Assert.Equal(before, store.Store.RecordsCompacted);
            while (defragmentation.Step(1000, 1 << 20))
            {
            }

            Assert.True(defragmentation.Switch());
        }

        store.FinishCompaction();
        Assert.False(store.Store.HasCompactionWork);
        Assert.Equal(10, store.Get("k").Kvs[0].Version - 40);
    }

    [Fact]
    public void A_file_that_is_replaced_makes_the_copy_useless()
    {
        var files = StoreFixture.NewDisk();
        using (Backend received = Backend.Open(files, "/snap/received", new BackendOptions()))
        {
            received.Put(Bucket.Cluster, "from"u8, "leader"u8);
            received.CommitNow();
        }

        using Backend backend = Backend.Open(files, StoreFixture.Path, new BackendOptions());
        using (BackendDefragmentation defragmentation = backend.BeginDefragmentation())
        {
            Assert.True(defragmentation.Step(1000, 1 << 20));
            backend.Replace("/snap/received", static exchange => exchange());
            Assert.True(defragmentation.IsObsolete);
            Assert.False(defragmentation.Step(1000, 1 << 20));
            Assert.False(defragmentation.Switch());
        }

        Assert.Equal(["db"], files.List(Directory));
        backend.Defragment();
        using BackendRead read = backend.OpenRead();
        Assert.True(read.TryGet(Bucket.Cluster, "from"u8, out ReadOnlySpan<byte> value) && value.SequenceEqual("leader"u8));
    }

    [Fact]
    public void A_backend_that_is_closed_in_the_middle_leaves_nothing_behind()
    {
        var files = StoreFixture.NewDisk();
        BackendDefragmentation left;
        using (var store = new StoreFixture(files))
        {
            for (int i = 0; i < 50; i++)
                store.Put("k", $"{i}");
            store.Backend.CommitNow();
            left = store.Backend.BeginDefragmentation();
            left.Step(5, 1 << 20);
            Assert.Equal(["db", "db.tmp.1"], files.List(Directory));
        }

        Assert.Equal(["db"], files.List(Directory));
        left.Dispose();
        using var reopened = new StoreFixture(files);
        Assert.Equal(51, reopened.Store.CurrentRevision);
    }

    [Fact]
    public void An_image_that_was_opened_before_goes_on_from_the_old_file()
    {
        using var store = new StoreFixture();
        store.Put("k", "old");
        store.Backend.CommitNow();
        using BackendImage image = store.Backend.OpenImage(forFollower: true);
        Assert.Equal(1, store.Backend.SendsUnderWay);
        for (int i = 0; i < 2_000; i++)
            store.Put("k", new string('n', 100));
        store.Backend.CommitNow();
        store.Backend.Defragment();
        for (int i = 0; i < 2_000; i++)
            store.Put("k", new string('m', 100));
        store.Backend.CommitNow();
        byte[] bytes = new byte[image.Length];
        Assert.Equal(bytes.Length, image.Read(bytes));
        image.Dispose();
        Assert.Equal(0, store.Backend.SendsUnderWay);
        var disk = StoreFixture.NewDisk();
        using (IFile file = disk.Open(StoreFixture.Path, FileOpenMode.CreateNew, FileAccess.ReadWrite))
            file.Write(bytes, 0);
        using var before = new StoreFixture(disk);
        Assert.Equal(2, before.Store.CurrentRevision);
        Assert.Equal("old", before.Get("k").Kvs[0].Value.ToStringUtf8());
    }

    [Fact]
    public void The_replaced_file_is_given_away_whole_once_nobody_reads_it()
    {
        var files = StoreFixture.NewDisk();
        using var store = new StoreFixture(files);
        for (int i = 0; i < 500; i++)
            store.Put($"k{i}", new string('v', 1_000));
        store.Backend.CommitNow();
        long replacedBytes;
        using (IFile file = files.Open(StoreFixture.Path, FileOpenMode.Existing, FileAccess.Read))
            replacedBytes = file.Length;
        List<IFile> taken = [];
        store.Backend.TakesReplaced = taken.Add;
        BackendImage image = store.Backend.OpenImage();
        using (BackendDefragmentation defragmentation = store.Backend.BeginDefragmentation())
        {
            while (defragmentation.Step(1000, 1 << 20))
            {
            }

            Assert.True(defragmentation.Switch());
        }

        Assert.Empty(taken);
        byte[] bytes = new byte[image.Length];
        Assert.Equal(bytes.Length, image.Read(bytes));
        image.Dispose();
        using IFile replaced = Assert.Single(taken);
        Assert.Equal(replacedBytes, replaced.Length);
        Assert.Equal(["db"], files.List(Directory));
        Assert.Equal(501, store.Store.CurrentRevision);
        Assert.Equal(1_000, store.Get("k499").Kvs[0].Value.Length);
    }

    private static void Apply(StoreFixture store, ulong entry)
    {
        store.Backend.SetConsistentIndex(entry, 1);
        if (entry % 5 == 0)
            store.Delete($"k{entry % 7}");
        else
            store.Put($"k{entry % 11}", $"value of entry {entry}");
        store.Backend.Put(Bucket.Members, Encoding.UTF8.GetBytes($"m{entry % 4}"), Encoding.UTF8.GetBytes($"{entry}"));
    }

    /// <summary>The disk as it might be found if the power went before an operation, and what had been committed by then.</summary>
    private sealed class Crashes(SimFileSystem files, Backend backend, ulong seed) : IDiskFaults
    {
        private readonly SeededRandom _random = new(seed);

        public List<(SimFileSystem Disk, ulong Committed)> Found { get; } = [];

        public void Before(in DiskEvent operation) => Found.Add((files.Crash(_random), backend.CommittedIndex));

        public void After(in DiskEvent operation) => Found.Add((files.Crash(_random), backend.CommittedIndex));
    }
}

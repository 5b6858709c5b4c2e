using Tenet.Foundation;
using Tenet.Protocol.Mvccpb;
using Tenet.State.Backends;
using Tenet.State.Mvcc;

namespace Tenet.State.Tests.Mvcc;

public class RestoreTests
{
    [Fact]
    public void A_bumped_snapshot_starts_at_the_bumped_revision()
    {
        using var store = new StoreFixture();
        store.Put("a", "1");
        store.Put("b", "1");
        Span<byte> bumped = stackalloc byte[Revision.KeyLength];
        new Revision(1003, 0).Write(bumped);
        store.Backend.Put(Bucket.Key, bumped, []);
        store.Backend.Put(Bucket.Meta, MetaKeys.ScheduledCompactRevision, bumped);
        using StoreFixture restored = store.Reopen();
        Assert.Equal((1003, 1003), (restored.Store.CurrentRevision, restored.Store.CompactRevision));
        Assert.True(restored.Store.HasCompactionWork);
        restored.FinishCompaction();
        Assert.Equal("a b", restored.Keys(new() { Key = StoreFixture.Bytes("\0"), RangeEnd = StoreFixture.Bytes("\0") }));
        Assert.Equal(1004, restored.Put("c", "1"));
        Assert.Empty(restored.Store.CompactionHashes);
        using StoreFixture again = restored.Reopen();
        Assert.False(again.Store.HasCompactionWork);
        Assert.Equal(restored.Store.CurrentRevision, again.Store.CurrentRevision);
    }

    [Fact]
    public void A_compacted_deletion_as_the_last_record_keeps_its_revision()
    {
        using var store = new StoreFixture();
        store.Put("a", "1");
        store.Delete("a");
        store.Compact(3);
        using StoreFixture once = store.Reopen();
        Assert.Equal((3, 3), (once.Store.CurrentRevision, once.Store.CompactRevision));
        once.Put("b", "1");
        once.Delete("b");
        once.Compact(5);
        using StoreFixture twice = once.Reopen();
        Assert.Equal((5, 5, 0), (twice.Store.CurrentRevision, twice.Store.CompactRevision, twice.Store.KeyCount));
    }

    [Fact]
    public void An_interrupted_compaction_is_taken_up_again()
    {
        using var store = new StoreFixture();
        for (int i = 0; i < 20; i++)
            store.Put("a", $"{i}");
        Assert.Null(store.Store.StartCompaction(15));
        store.Store.RunCompactionBatch(3);
        store.Store.RunCompactionBatch(3);
        using StoreFixture restored = store.Reopen();
        Assert.True(restored.Store.HasCompactionWork);
        Assert.Equal(15, restored.Store.CompactRevision);
        restored.FinishCompaction();
        Assert.Equal("13", restored.Get("a", revision: 15).Kvs[0].Value.ToStringUtf8());
        using BackendRead read = restored.Backend.OpenRead();
        BackendCursor cursor = read.Scan(Bucket.Key, []);
        int records = 0;
        while (cursor.MoveNext())
            records++;
        Assert.Equal(7, records);
    }

    [Fact]
    public void Keys_hang_on_the_lease_of_their_newest_record()
    {
        using var store = new StoreFixture();
        store.Leases.Granted.UnionWith([1, 2]);
        store.Put("moved", "v", lease: 1);
        store.Put("moved", "v", lease: 2);
        store.Put("detached", "v", lease: 1);
        store.Put("detached", "v");
        store.Put("deleted", "v", lease: 1);
        store.Delete("deleted");
        store.Put("kept", "v", lease: 1);
        store.Backend.CommitNow();
        var leases = new FakeLeases();
        leases.Granted.Add(2);
        using MvccStore restored = MvccStore.Restore(store.Backend, leases, SequentialRunner.Instance);
        Assert.Equal(2, leases.LeaseOf("moved"u8));
        Assert.Single(leases.Attached);
    }

    [Fact]
    public void Records_that_are_none_are_reported()
    {
        using var store = new StoreFixture();
        Span<byte> key = stackalloc byte[Revision.KeyLength];
        new Revision(2, 0).Write(key);
        store.Backend.Put(Bucket.Key, key, [0xff, 0xff]);
        Assert.Throws<CorruptionException>(() => store.Reopen());
    }

    [Fact]
    public void Revisions_far_apart_are_all_found()
    {
        using var store = new StoreFixture();
        Span<byte> key = stackalloc byte[Revision.KeyLength];
        long[] revisions = [2, 3, 40_000, 5_000_000, 9_000_000_000_000, long.MaxValue - 1];
        foreach (long revision in revisions)
        {
            new Revision(revision, 0).Write(key);
            store.Backend.Put(Bucket.Key, key, KeyValueRecord.Encode("k"u8, 2, revision, 1, "v"u8, 0));
        }

        using StoreFixture restored = store.Reopen();
        Assert.Equal(revisions[^1], restored.Store.CurrentRevision);
        KeyValue found = restored.Get("k", revision: 10_000_000).Kvs.Single();
        Assert.Equal(5_000_000, found.ModRevision);
    }
}

using Tenet.Foundation.Files.Simulation;
using Tenet.Foundation.Randomness;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Tests.Mvcc;

namespace Tenet.State.Tests.Backends;

/// <summary>
/// A log of operations is applied; the power goes at every step on the disk; what the log holds beyond the consistent index is applied again.
/// </summary>
public class CrashTests
{
    private const int Entries = 120;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Replaying_the_log_after_a_crash_gives_the_same_history(ulong seed)
    {
        var files = StoreFixture.NewDisk();
        var crashes = new CrashEverywhere(files, seed);
        List<(uint Hash, long Revision)> expected = [];
        using (var store = new StoreFixture(files))
        {
            store.Backend.CommitNow();
            files.Faults = crashes;
            for (int entry = 1; entry <= Entries; entry++)
            {
                Apply(store, entry, seed);
                if (entry % 9 == 0 && store.Backend.Seal() is { } batch)
                    store.Backend.Commit(batch);
                if (entry == 60)
                    store.Backend.Defragment();
            }

            files.Faults = null;
            expected.Add((store.HashKv().Hash, store.Store.CurrentRevision));
        }

        Assert.True(crashes.Disks.Count > 50);
        foreach (SimFileSystem disk in crashes.Disks)
        {
            using var store = new StoreFixture(disk);
            for (int entry = (int)store.Backend.ConsistentIndex + 1; entry <= Entries; entry++)
                Apply(store, entry, seed);
            Assert.Equal(expected[0], (store.HashKv().Hash, store.Store.CurrentRevision));
        }
    }

    // What an entry does depends on its number alone, as if it were read from a log.
    private static void Apply(StoreFixture store, int entry, ulong seed)
    {
        var random = new SeededRandom(seed * 1000 + (ulong)entry);
        store.Backend.SetConsistentIndex((ulong)entry, 1);
        string key = $"k{random.Next(12)}";
        switch (random.Next(10))
        {
            case < 6:
                store.Put(key, $"value of entry {entry}");
                break;
            case < 8:
                store.Delete(key);
                break;
            case < 9:
                var request = new TxnRequest();
                request.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = StoreFixture.Bytes(key), Value = StoreFixture.Bytes("t") } });
                request.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = StoreFixture.Bytes("x" + key), Value = StoreFixture.Bytes("t") } });
                store.Kv.Execute(request);
                break;
            default:
                store.Store.StartCompaction(store.Store.CurrentRevision - 3);
                break;
        }

        // A hash does not depend on how far a compaction has come, as long as something is live.
        store.Store.RunCompactionBatch(4);
    }
}

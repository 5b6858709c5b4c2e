using Tenet.Foundation.Randomness;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;
using Tenet.State.Backends;
using Tenet.State.Mvcc;

namespace Tenet.State.Tests.Mvcc;

/// <summary>Random histories against <see cref="NaiveHistory"/>, with commits, restarts and half-done compactions at any point.</summary>
public class RandomHistoryTests
{
    private const int KeySpace = 40;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void The_store_answers_as_the_model_does(ulong seed)
    {
        var random = new SeededRandom(seed);
        var model = new NaiveHistory();
        var store = new StoreFixture(options: new BackendOptions { BatchLimit = 7 });
        try
        {
            for (int step = 0; step < 400; step++)
            {
                Act(random, store, model);
                if (store.Backend.WantsCommit && random.Chance(0.7) && store.Backend.Seal() is { } batch && random.Chance(0.7))
                    store.Backend.Commit(batch);
                if (random.Chance(0.02))
                    store = store.Reopen();
                CompareRange(random, store, model);
                if (random.Chance(0.05))
                    CompareHash(random, store, model);
            }
        }
        finally
        {
            store.Dispose();
        }
    }

    [Fact]
    public void How_writes_are_batched_changes_nothing_that_can_be_seen()
    {
        var results = new HashSet<(uint Kv, uint All, long Revision)>();
        foreach (int limit in new[] { 1, 3, 50, 10_000 })
        {
            var random = new SeededRandom(77);
            var model = new NaiveHistory();
            using var store = new StoreFixture(options: new BackendOptions { BatchLimit = limit });
            for (int step = 0; step < 300; step++)
            {
                Act(random, store, model);
                if (store.Backend.WantsCommit && store.Backend.Seal() is { } batch)
                    store.Backend.Commit(batch);
            }

            store.FinishCompaction();
            results.Add((store.HashKv().Hash, store.Backend.Hash(), store.Store.CurrentRevision));
        }

        Assert.Single(results);
    }

    [Fact]
    public void Histories_of_many_keys_come_back_whole_in_parallel_parts()
    {
        var random = new SeededRandom(5);
        using var store = new StoreFixture();
        for (int i = 0; i < 40_000; i++)
        {
            string key = $"key-{random.Next(20_000):d6}";
            if (random.Chance(0.1))
                store.Delete(key);
            else
                store.Put(key, $"v{i}");
        }

        store.Compact(store.Store.CurrentRevision / 2);
        store.Backend.CommitNow();
        RangeResponse before = store.Get("\0", "\0");
        uint hash = store.HashKv().Hash;
        using MvccStore restored = MvccStore.Restore(store.Backend, store.Leases, new ThreadedRunner(3));
        using RangeResult after = new KvExecutor(restored, store.Leases)
            .Range(new RangeRequest { Key = StoreFixture.Bytes("\0"), RangeEnd = StoreFixture.Bytes("\0") }).Response!;
        Assert.Equal(before.Count, restored.KeyCount);
        Assert.Equal(before, after.ToResponse());
        Assert.Equal(hash, restored.HashKv(0).Response!.Hash);
    }

    private static string RandomKey(SeededRandom random) => $"k{random.Next(KeySpace):d2}";

    private static void Act(SeededRandom random, StoreFixture store, NaiveHistory model)
    {
        switch (random.Next(20))
        {
            case < 10:
                Put(store, model, RandomKey(random), $"value {random.Next(1000)}");
                break;
            case < 13:
                Delete(store, model, RandomKey(random), random.Chance(0.3) ? RandomKey(random) : "");
                break;
            case < 18:
                Transact(random, store, model);
                break;
            default:
                long revision = random.Next((int)Math.Max(0, model.Compacted), (int)model.Current + 2);
                if (revision > model.Compacted && revision <= model.Current)
                {
                    // A compaction still running is finished first: the model knows only finished ones.
                    store.FinishCompaction(batch: 1 + random.Next(10));
                    store.Compact(revision, batch: 1 + random.Next(10));
                    model.Compact(revision);
                }
                else
                {
                    Assert.NotNull(store.Store.StartCompaction(revision));
                }

                break;
        }
    }

    private static void Put(StoreFixture store, NaiveHistory model, string key, string value)
    {
        model.Put(new Revision(model.Current + 1, 0), key, value, 0);
        Assert.Equal(++model.Current, store.Put(key, value));
    }

    private static void Delete(StoreFixture store, NaiveHistory model, string key, string end)
    {
        int deleted = 0;
        foreach (KeyValue kv in model.Range(key, end, model.Current))
            model.Delete(new Revision(model.Current + 1, deleted++), kv.Key.ToStringUtf8());
        if (deleted > 0)
            model.Current++;
        Assert.Equal(deleted, store.Delete(key, end));
        Assert.Equal(model.Current, store.Store.CurrentRevision);
    }

    private static void Transact(SeededRandom random, StoreFixture store, NaiveHistory model)
    {
        var request = new TxnRequest();
        int changes = 0;
        var used = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < 1 + random.Next(4); i++)
        {
            string key = RandomKey(random);
            if (!used.Add(key))
                continue;
            if (random.Chance(0.6))
            {
                request.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = StoreFixture.Bytes(key), Value = StoreFixture.Bytes($"t{i}") } });
                model.Put(new Revision(model.Current + 1, changes++), key, $"t{i}", 0);
            }
            else
            {
                request.Success.Add(new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = StoreFixture.Bytes(key) } });
                changes += model.Delete(new Revision(model.Current + 1, changes), key) ? 1 : 0;
            }
        }

        if (changes > 0)
            model.Current++;
        Assert.Equal(model.Current, store.Kv.Execute(request).Response!.Header.Revision);
    }

    private static void CompareRange(SeededRandom random, StoreFixture store, NaiveHistory model)
    {
        long low = Math.Max(1, model.Compacted);
        long revision = random.Chance(0.5) ? 0 : low + random.Next((int)(model.Current - low + 1));
        (string key, string end) = random.Next(4) switch
        {
            0 => (RandomKey(random), ""),
            1 => ("\0", "\0"),
            2 => (RandomKey(random), "\0"),
            _ => (RandomKey(random), RandomKey(random)),
        };
        List<KeyValue> expected = model.Range(key, end, revision == 0 ? model.Current : revision);
        var request = new RangeRequest { Key = StoreFixture.Bytes(key), RangeEnd = StoreFixture.Bytes(end), Revision = revision };
        RangeResponse response = store.Range(request);
        Assert.Equal(expected, response.Kvs);
        Assert.Equal(expected.Count, response.Count);
        Assert.Equal(model.Current, response.Header.Revision);
        request.Limit = 1 + random.Next(10);
        response = store.Range(request);
        Assert.Equal(expected.Take((int)request.Limit), response.Kvs);
        Assert.Equal(expected.Count > request.Limit, response.More);
        Assert.Equal(expected.Count, response.Count);
    }

    private static void CompareHash(SeededRandom random, StoreFixture store, NaiveHistory model)
    {
        long low = Math.Max(1, model.Compacted);
        long revision = low + random.Next((int)(model.Current - low + 1));

        // The compact revision itself may be answered from the cache, with the hash as it was before.
        if (revision == model.Compacted)
            return;
        HashKvResult hash = store.HashKv(revision);
        Assert.Equal(new HashKvResult(model.Hash(revision), model.Compacted, revision), hash);
    }
}

using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Mvcc;

namespace Tenet.State.Tests.Mvcc;

public class ConcurrencyTests
{
    [Fact]
    public void Readers_see_whole_transactions_while_writes_commits_and_compactions_go_on()
    {
        const int Writes = 3000;
        using var store = new StoreFixture();
        Transfer(store, 0);
        for (int i = 0; i < 2000; i++)
            store.Put($"filler{i:d5}", "x");
        using var stop = new CancellationTokenSource();
        Task[] readers = [Read(store, long.MaxValue, stop.Token), Read(store, 1, stop.Token), Hash(store, stop.Token)];
        for (int i = 1; i <= Writes; i++)
        {
            Transfer(store, i);
            if (i % 50 == 0 && store.Backend.Seal() is { } batch)
                store.Backend.Commit(batch);
            if (i % 300 == 0)
                Assert.Null(store.Store.StartCompaction(store.Store.CurrentRevision - 20));
            store.Store.RunCompactionBatch(200);
        }

        stop.Cancel();
        Assert.True(Task.WaitAll(readers, TimeSpan.FromMinutes(1)));
    }

    // Two keys whose values always add up to zero, one of which comes and goes.
    private static void Transfer(StoreFixture store, int amount)
    {
        var request = new TxnRequest();
        request.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = StoreFixture.Bytes("account1"), Value = StoreFixture.Bytes($"{amount}") } });
        request.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = StoreFixture.Bytes("account2"), Value = StoreFixture.Bytes($"{-amount}") } });
        request.Success.Add(amount % 2 == 0
            ? new RequestOp { RequestPut = new PutRequest { Key = StoreFixture.Bytes("even"), Value = StoreFixture.Bytes("here") } }
            : new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = StoreFixture.Bytes("even") } });
        Assert.Null(store.Kv.Execute(request).Error);
    }

    private static Task Read(StoreFixture store, long limit, CancellationToken stop) => Task.Run(() =>
    {
        var all = new RangeRequest { Key = StoreFixture.Bytes("\0"), RangeEnd = StoreFixture.Bytes("\0"), Limit = limit };
        var accounts = new RangeRequest { Key = StoreFixture.Bytes("account"), RangeEnd = StoreFixture.Bytes("accounu") };
        while (!stop.IsCancellationRequested)
        {
            RangeResponse pair = store.Range(accounts);
            int amount = Amount(pair, 0);
            Assert.Equal(0, amount + Amount(pair, 1));
            RangeResponse whole = store.Range(all);
            int seen = Amount(whole, 0);
            Assert.Equal(seen % 2 == 0 ? 2003 : 2002, whole.Count);
            Assert.Equal(limit == 1 ? 1 : whole.Count, whole.Kvs.Count);
        }
    }, CancellationToken.None);

    private static Task Hash(StoreFixture store, CancellationToken stop) => Task.Run(() =>
    {
        while (!stop.IsCancellationRequested)
        {
            long revision = store.Store.CurrentRevision;
            Outcome<HashKvResult> first = store.Store.HashKv(revision);
            Outcome<HashKvResult> second = store.Store.HashKv(revision);
            if (!first.IsRefused && !second.IsRefused && first.Response.CompactRevision == second.Response.CompactRevision)
                Assert.Equal(first.Response, second.Response);
        }
    }, CancellationToken.None);

    private static int Amount(RangeResponse response, int index) =>
        int.Parse(response.Kvs[index].Value.ToStringUtf8(), System.Globalization.CultureInfo.InvariantCulture);
}

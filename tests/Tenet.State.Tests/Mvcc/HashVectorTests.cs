using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Mvcc;

namespace Tenet.State.Tests.Mvcc;

/// <summary>The values that etcd 3.5.30 gave for the data of contract/storage.md, 5.2 (6.6 lists them).</summary>
public class HashVectorTests
{
    [Fact]
    public void A_store_never_compacted_hashes_as_etcd_does()
    {
        using StoreFixture store = Example();
        Assert.Equal(new HashKvResult(2527606369, -1, 9), store.HashKv());
        Assert.Equal(new HashKvResult(2527606369, -1, 9), store.HashKv(9));
    }

    [Fact]
    public void A_store_compacted_at_7_hashes_as_etcd_does()
    {
        using StoreFixture store = Example();
        store.Compact(7);
        Assert.Equal(new HashKvResult(2936690926, 7, 9), store.HashKv(9));
        Assert.Equal(new HashKvResult(3921620060, 7, 8), store.HashKv(8));
        Assert.Equal(new HashKvResult(131353095, -1, 7), store.HashKv(7));
        Assert.Equal(EtcdErrors.Compacted, store.Store.HashKv(6).Error);
        Assert.Equal(EtcdErrors.FutureRevision, store.Store.HashKv(10).Error);
        using StoreFixture reopened = store.Reopen();
        Assert.Equal(new HashKvResult(3430451512, 7, 7), reopened.HashKv(7));
        Assert.Equal(new HashKvResult(2936690926, 7, 9), reopened.HashKv());
    }

    [Fact]
    public void Records_that_wait_for_their_commit_take_part()
    {
        using StoreFixture store = Example();
        store.Backend.CommitNow();
        store.Compact(7, batch: 1);
        Assert.NotEqual(0, store.Backend.PendingOperations);
        Assert.Equal(2936690926u, store.HashKv(9).Hash);
        store.Backend.CommitNow();
        Assert.Equal(2936690926u, store.HashKv(9).Hash);
    }

    [Fact]
    public void A_compaction_under_way_does_not_show_where_nothing_lives_any_more()
    {
        using StoreFixture store = Example();
        store.Put("foo1", "again");
        store.Delete("", "\0");
        Assert.Null(store.Store.StartCompaction(9));
        HashKvResult before = store.HashKv(11);
        store.FinishCompaction(batch: 1);
        Assert.Equal(before, store.HashKv(11));
    }

    private static StoreFixture Example()
    {
        var store = new StoreFixture();
        store.Leases.Granted.Add(0x2040a201ea991e09);
        store.Put("foo1", "bar1");
        store.Put("foo2", "bar2");
        store.Put("foo3", "bar3");
        store.Put("foo4", "bar4");
        store.Put("leased", "v", 0x2040a201ea991e09);
        Assert.Equal(1, store.Delete("foo2"));
        store.Put("foo1", "baz");
        var txn = new TxnRequest();
        txn.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = StoreFixture.Bytes("a"), Value = StoreFixture.Bytes("1") } });
        txn.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = StoreFixture.Bytes("b"), Value = StoreFixture.Bytes("2") } });
        txn.Success.Add(new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = StoreFixture.Bytes("foo3") } });
        Assert.Equal(9, store.Kv.Execute(txn).Response!.Header.Revision);
        return store;
    }
}

using Google.Protobuf;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Mvcc;

namespace Tenet.State.Tests.Mvcc;

public class TxnTests
{
    [Fact]
    public void All_changes_share_a_revision_and_later_ranges_see_them()
    {
        using var store = new StoreFixture();
        store.Put("a", "1");
        TxnResponse response = store.Kv.Execute(Txn(Range("a", "c"), Put("b", "2"), Range("a", "c"), Delete("a"), Range("a", "c"))).Response!;
        Assert.True(response.Succeeded);
        Assert.Equal(3, response.Header.Revision);
        Assert.Equal([2L, 3L, 3L], new[] { 0, 2, 4 }.Select(i => response.Responses[i].ResponseRange.Header.Revision));
        Assert.Equal(["a", "a b", "b"], new[] { 0, 2, 4 }.Select(i => Keys(response.Responses[i].ResponseRange)));
        Assert.Equal([1L, 2L, 1L], new[] { 0, 2, 4 }.Select(i => response.Responses[i].ResponseRange.Count));
        Assert.Equal(3, response.Responses[1].ResponsePut.Header.Revision);
        Assert.Equal((1L, 3L), (response.Responses[3].ResponseDeleteRange.Deleted, response.Responses[3].ResponseDeleteRange.Header.Revision));
    }

    [Fact]
    public void A_transaction_that_changes_nothing_keeps_the_revision()
    {
        using var store = new StoreFixture();
        store.Put("a", "1");
        Assert.Equal(2, store.Kv.Execute(Txn(Delete("missing"))).Response!.Header.Revision);
        Assert.Equal(2, store.Kv.Execute(new TxnRequest()).Response!.Header.Revision);
        Assert.Equal(2, store.Store.CurrentRevision);
    }

    [Fact]
    public void Nested_compares_do_not_see_the_outer_puts()
    {
        using var store = new StoreFixture();
        TxnRequest inner = Txn(Put("seen", "no"));
        inner.Compare.Add(Version("a", 0));
        inner.Failure.Add(Put("seen", "yes"));
        TxnResponse response = store.Kv.Execute(Txn(Put("a", "1"), Nested(inner), Put("c", "3"))).Response!;
        Assert.True(response.Responses[1].ResponseTxn.Succeeded);
        Assert.Equal(new ResponseHeader(), response.Responses[1].ResponseTxn.Header);
        Assert.Equal("no", store.Get("seen").Kvs[0].Value.ToStringUtf8());
        Assert.Equal(2, store.Store.CurrentRevision);
    }

    [Fact]
    public void Siblings_after_a_nested_transaction_keep_their_own_outcomes()
    {
        using var store = new StoreFixture();
        TxnRequest deep = Txn(Put("deep", "1"));
        TxnRequest failing = Txn(Put("never", "1"));
        failing.Compare.Add(Version("missing", 7));
        failing.Failure.Add(Nested(deep));
        failing.Failure.Add(Put("failed", "1"));
        TxnResponse response = store.Kv.Execute(Txn(Nested(failing), Nested(Txn(Put("last", "1"))))).Response!;
        Assert.False(response.Responses[0].ResponseTxn.Succeeded);
        Assert.True(response.Responses[0].ResponseTxn.Responses[0].ResponseTxn.Succeeded);
        Assert.True(response.Responses[1].ResponseTxn.Succeeded);
        Assert.Equal("deep failed last", store.Keys(new RangeRequest { Key = StoreFixture.Bytes("\0"), RangeEnd = StoreFixture.Bytes("\0") }));
    }

    [Fact]
    public void Compares_hold_as_etcd_has_them()
    {
        using var store = new StoreFixture();
        store.Leases.Granted.Add(7);
        store.Put("a", "m", lease: 7);
        store.Put("a", "n", lease: 7);
        store.Put("b", "n");
        Assert.True(Holds(store, Version("a", 2)));
        Assert.True(Holds(store, new Compare { Key = StoreFixture.Bytes("a"), Target = Compare.Types.CompareTarget.Create, CreateRevision = 2 }));
        Assert.True(Holds(store, new Compare { Key = StoreFixture.Bytes("a"), Target = Compare.Types.CompareTarget.Mod, Result = Compare.Types.CompareResult.Greater, ModRevision = 2 }));
        Assert.True(Holds(store, new Compare { Key = StoreFixture.Bytes("a"), Target = Compare.Types.CompareTarget.Lease, Lease = 7 }));
        Assert.True(Holds(store, Value("a", Compare.Types.CompareResult.Equal, "n")));
        Assert.True(Holds(store, Value("a", Compare.Types.CompareResult.Less, "z")));
        Assert.False(Holds(store, Value("a", Compare.Types.CompareResult.NotEqual, "n")));
        Assert.False(Holds(store, Value("missing", Compare.Types.CompareResult.NotEqual, "n")));
        Assert.True(Holds(store, new Compare { Key = StoreFixture.Bytes("missing"), Target = Compare.Types.CompareTarget.Mod }));
        Assert.True(Holds(store, new Compare { Key = StoreFixture.Bytes("a"), Result = (Compare.Types.CompareResult)9, Version = 55 }));
        Assert.True(Holds(store, new Compare { Key = StoreFixture.Bytes("a"), Target = (Compare.Types.CompareTarget)9, Version = 55 }));
        Assert.True(Holds(store, new Compare { Key = StoreFixture.Bytes("missing"), Target = Compare.Types.CompareTarget.Create, ModRevision = 9 }));
    }

    [Fact]
    public void A_range_compare_asks_every_key()
    {
        using var store = new StoreFixture();
        store.Put("a", "n");
        store.Put("b", "n");
        store.Put("b", "m");
        Compare all = Value("a", Compare.Types.CompareResult.Greater, "a");
        all.RangeEnd = StoreFixture.Bytes("c");
        Assert.True(Holds(store, all));
        all.Value = StoreFixture.Bytes("m");
        Assert.False(Holds(store, all));
        Compare version = Version("a", 1);
        version.RangeEnd = StoreFixture.Bytes("c");
        Assert.False(Holds(store, version));
        version.Key = StoreFixture.Bytes("x");
        version.RangeEnd = StoreFixture.Bytes("z");
        version.Version = 0;
        Assert.True(Holds(store, version));
    }

    [Fact]
    public void A_refused_part_leaves_everything_untouched()
    {
        using var store = new StoreFixture();
        store.Put("a", "1");
        store.Put("a", "2");
        store.Compact(3);
        RequestOp ignoring = Put("missing", "");
        ignoring.RequestPut.IgnoreValue = true;
        RequestOp leased = Put("b", "1");
        leased.RequestPut.Lease = 5;
        Assert.Equal(EtcdErrors.FutureRevision, store.Kv.Execute(Txn(Put("b", "1"), At(4))).Error);
        Assert.Equal(EtcdErrors.Compacted, store.Kv.Execute(Txn(Put("b", "1"), At(2))).Error);
        Assert.Equal(EtcdErrors.Compacted, store.Kv.Execute(Txn(Put("b", "1"), At(-1))).Error);
        Assert.Equal(EtcdErrors.LeaseNotFound, store.Kv.Execute(Txn(Put("c", "1"), leased)).Error);
        Assert.Equal(EtcdErrors.KeyNotFound, store.Kv.Execute(Txn(Put("c", "1"), ignoring)).Error);
        Assert.Equal(EtcdErrors.Compacted, store.Kv.Execute(Txn(At(2))).Error);
        Assert.Equal((3, 1), (store.Store.CurrentRevision, store.Store.KeyCount));

        static RequestOp At(long revision)
        {
            RequestOp range = Range("a", "");
            range.RequestRange.Revision = revision;
            return range;
        }
    }

    [Fact]
    public void Ranges_are_left_out_where_nobody_waits()
    {
        using var store = new StoreFixture();
        TxnResponse response = store.Kv.Execute(Txn(Put("a", "1"), Range("a", "")), skipRanges: true).Response!;
        Assert.Equal(new RangeResponse { Header = new ResponseHeader { Revision = 2 } }, response.Responses[1].ResponseRange);
    }

    [Fact]
    public void Put_keeps_what_it_is_told_to_ignore()
    {
        using var store = new StoreFixture();
        store.Leases.Granted.UnionWith([3, 4]);
        Assert.Equal(EtcdErrors.KeyNotFound, store.Kv.Execute(new PutRequest { Key = StoreFixture.Bytes("a"), IgnoreValue = true }).Error);
        Assert.Equal(EtcdErrors.LeaseNotFound, store.Kv.Execute(new PutRequest { Key = StoreFixture.Bytes("a"), IgnoreValue = true, Lease = 9 }).Error);
        store.Put("a", "old", lease: 3);
        PutResponse response = store.Kv.Execute(new PutRequest { Key = StoreFixture.Bytes("a"), IgnoreValue = true, Lease = 4, PrevKv = true }).Response!;
        Assert.Equal(("old", 3L), (response.PrevKv.Value.ToStringUtf8(), response.PrevKv.Lease));
        Assert.Equal(4, store.Leases.LeaseOf("a"u8));
        store.Kv.Execute(new PutRequest { Key = StoreFixture.Bytes("a"), Value = StoreFixture.Bytes("new"), IgnoreLease = true });
        Assert.Equal(("new", 4L), (store.Get("a").Kvs[0].Value.ToStringUtf8(), store.Get("a").Kvs[0].Lease));
        store.Put("a", "detached");
        Assert.Empty(store.Leases.Attached);
        Assert.Null(store.Kv.Execute(new PutRequest { Key = StoreFixture.Bytes("b"), PrevKv = true }).Response!.PrevKv);
    }

    [Fact]
    public void Deleting_detaches_and_returns_what_was()
    {
        using var store = new StoreFixture();
        store.Leases.Granted.Add(3);
        store.Put("a", "1", lease: 3);
        store.Put("b", "2");
        DeleteRangeResponse response = store.Kv.Execute(
            new DeleteRangeRequest { Key = StoreFixture.Bytes("a"), RangeEnd = StoreFixture.Bytes("\0"), PrevKv = true }).Response!;
        Assert.Equal((2L, 4L), (response.Deleted, response.Header.Revision));
        Assert.Equal(["1", "2"], response.PrevKvs.Select(kv => kv.Value.ToStringUtf8()));
        Assert.Empty(store.Leases.Attached);
        Assert.Equal(0, store.Delete("a", "\0"));
        Assert.Equal(4, store.Store.CurrentRevision);
    }

    [Fact]
    public void Observers_are_told_once_the_revision_is_visible()
    {
        using var store = new StoreFixture();
        var observer = new Recorder(store);
        store.Store.Observer = observer;
        store.Put("a", "1");
        store.Kv.Execute(Txn(Put("b", "1"), Delete("a"), Put("c", "1")));
        store.Delete("missing");
        Assert.Equal(["2: +a*", "3: +b* -a +c*"], observer.Seen);
        HistoryPage page = store.Store.ReadHistory(2, 1).Response!;
        Assert.Equal(3, page.NextRevision);
        Assert.Equal(["a"], page.Events.Select(e => e.ToKeyValue().Key.ToStringUtf8()));
        page = store.Store.ReadHistory(3, 1).Response!;
        Assert.Equal((4, 3), (page.NextRevision, page.Events.Count));
        Assert.Equal(observer.Events.TakeLast(3).Select(e => e.ToKeyValue()), page.Events.Select(e => e.ToKeyValue()));
        Assert.Empty(store.Store.ReadHistory(4, 1).Response!.Events);
        store.Compact(3);
        Assert.Equal(EtcdErrors.Compacted, store.Store.ReadHistory(2, 1).Error);
        Assert.True(store.Store.TryGetAt("b"u8, 0, out _));
        Assert.False(store.Store.TryGetAt("a"u8, 2, out _));
    }

    private static bool Holds(StoreFixture store, Compare compare)
    {
        var request = new TxnRequest();
        request.Compare.Add(compare);
        return store.Kv.Execute(request).Response!.Succeeded;
    }

    private static string Keys(RangeResponse response) => string.Join(' ', response.Kvs.Select(kv => kv.Key.ToStringUtf8()));

    private static TxnRequest Txn(params RequestOp[] success)
    {
        var request = new TxnRequest();
        request.Success.AddRange(success);
        return request;
    }

    private static RequestOp Put(string key, string value) =>
        new() { RequestPut = new PutRequest { Key = StoreFixture.Bytes(key), Value = StoreFixture.Bytes(value) } };

    private static RequestOp Delete(string key) => new() { RequestDeleteRange = new DeleteRangeRequest { Key = StoreFixture.Bytes(key) } };

    private static RequestOp Range(string key, string end) =>
        new() { RequestRange = new RangeRequest { Key = StoreFixture.Bytes(key), RangeEnd = StoreFixture.Bytes(end) } };

    private static RequestOp Nested(TxnRequest request) => new() { RequestTxn = request };

    private static Compare Version(string key, long version) => new() { Key = StoreFixture.Bytes(key), Version = version };

    private static Compare Value(string key, Compare.Types.CompareResult result, string value) =>
        new() { Key = StoreFixture.Bytes(key), Target = Compare.Types.CompareTarget.Value, Result = result, Value = StoreFixture.Bytes(value) };

    private sealed class Recorder(StoreFixture store) : IMvccObserver
    {
        public List<string> Seen { get; } = [];

        public List<MvccEvent> Events { get; } = [];

        public void Written(long revision, IReadOnlyList<MvccEvent> events)
        {
            Assert.Equal(revision, store.Store.CurrentRevision);
            Events.AddRange(events);
            Seen.Add($"{revision}: " + string.Join(' ', events.Select(e =>
                (e.IsDelete ? "-" : "+") + ByteString.CopyFrom(e.Key.Span).ToStringUtf8() + (e.IsCreate ? "*" : ""))));
        }

        public void Replaced(long revision) => Seen.Add($"{revision}: replaced");
    }
}

using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Mvcc;

namespace Tenet.State.Tests.Mvcc;

public class KvValidationTests
{
    private const int MaxOps = 128;

    [Fact]
    public void Requests_on_their_own()
    {
        Assert.Equal(EtcdErrors.EmptyKey, KvValidation.Check(new RangeRequest { SortOrder = (RangeRequest.Types.SortOrder)9 }));
        Assert.Equal(EtcdErrors.InvalidSortOption, KvValidation.Check(new RangeRequest { Key = Key("a"), SortOrder = (RangeRequest.Types.SortOrder)3 }));
        Assert.Equal(EtcdErrors.InvalidSortOption, KvValidation.Check(new RangeRequest { Key = Key("a"), SortTarget = (RangeRequest.Types.SortTarget)5 }));
        Assert.Equal(EtcdErrors.InvalidSortOption, KvValidation.Check(new RangeRequest { Key = Key("a"), SortTarget = (RangeRequest.Types.SortTarget)(-1) }));
        Assert.Null(KvValidation.Check(new RangeRequest { Key = Key("a"), SortTarget = RangeRequest.Types.SortTarget.Value, Limit = -1 }));
        Assert.Equal(EtcdErrors.EmptyKey, KvValidation.Check(new PutRequest { IgnoreValue = true, Value = Key("v") }));
        Assert.Equal(EtcdErrors.ValueIsProvided, KvValidation.Check(new PutRequest { Key = Key("a"), IgnoreValue = true, Value = Key("v"), IgnoreLease = true, Lease = 1 }));
        Assert.Equal(EtcdErrors.LeaseIsProvided, KvValidation.Check(new PutRequest { Key = Key("a"), IgnoreLease = true, Lease = 1 }));
        Assert.Equal(EtcdErrors.EmptyKey, KvValidation.Check(new DeleteRangeRequest()));
    }

    [Fact]
    public void Streamed_ranges()
    {
        Assert.Equal(EtcdErrors.EmptyKey, KvValidation.CheckStream(new RangeRequest()));
        Assert.Equal(EtcdErrors.RangeStreamSort, KvValidation.CheckStream(new RangeRequest { Key = Key("a"), SortOrder = RangeRequest.Types.SortOrder.Descend, MinModRevision = 1 }));
        Assert.Equal(EtcdErrors.RangeStreamFilters, KvValidation.CheckStream(new RangeRequest { Key = Key("a"), MinModRevision = 1 }));
        Assert.Null(KvValidation.CheckStream(new RangeRequest { Key = Key("a"), SortOrder = RangeRequest.Types.SortOrder.Ascend }));
    }

    [Fact]
    public void The_budget_is_the_widest_list_of_each_level()
    {
        var wide = new TxnRequest();
        for (int i = 0; i < MaxOps; i++)
        {
            wide.Compare.Add(new Compare { Key = Key("c") });
            wide.Success.Add(Get($"s{i}"));
            wide.Failure.Add(Get($"f{i}"));
        }

        Assert.Null(KvValidation.Check(wide, MaxOps));
        wide.Failure.Add(Get("x"));
        Assert.Equal(EtcdErrors.TooManyOps, KvValidation.Check(wide, MaxOps));
        TxnRequest inner = Txn(Get("1"), Get("2"));
        Assert.Null(KvValidation.Check(Txn(Get("a"), Get("b"), Nested(inner)), 5));
        Assert.Equal(EtcdErrors.TooManyOps, KvValidation.Check(Txn(Get("a"), Get("b"), Nested(inner)), 4));
        Assert.Equal(EtcdErrors.TooManyOps, KvValidation.Check(Txn(Nested(Txn(Nested(Txn(Get("a")))))), 2));
    }

    [Fact]
    public void Parts_are_checked_in_order()
    {
        TxnRequest request = Txn(new RequestOp(), Put(""));
        request.Compare.Add(new Compare());
        Assert.Equal(EtcdErrors.TooManyOps, KvValidation.Check(request, 1));
        Assert.Equal(EtcdErrors.EmptyKey, KvValidation.Check(request, MaxOps));
        request.Compare.Clear();
        Assert.Equal(EtcdErrors.KeyNotFound, KvValidation.Check(request, MaxOps));
        request.Success.RemoveAt(0);
        Assert.Equal(EtcdErrors.EmptyKey, KvValidation.Check(request, MaxOps));
        TxnRequest failing = Txn(Put("a"), Put("a"));
        failing.Failure.Add(Put(""));
        Assert.Equal(EtcdErrors.EmptyKey, KvValidation.Check(failing, MaxOps));
    }

    [Fact]
    public void A_key_is_put_once_and_not_deleted_beside()
    {
        Refused(Put("a"), Put("a"));
        Accepted(Put("a"), Put("b"));
        Refused(Put("a"), Delete("a"));
        Refused(Delete("a", "c"), Put("b"));
        Accepted(Delete("a", "c"), Put("c"));
        Accepted(Delete("a", "c"), Delete("b", "d"), Delete("a"));
        Refused(Delete("a", "c"), Delete("c", "e"), Put("d"));
        Accepted(Delete("c", "a"), Put("b"));

        // The zero byte is taken literally by this rule, so it covers nothing.
        Accepted(Delete("a", "\0"), Put("b"));
    }

    [Fact]
    public void Nested_transactions_are_collected_in_order()
    {
        Refused(Nested(Txn(Put("a"))), Put("a"));
        Refused(Delete("a"), Nested(Txn(Put("a"))));
        Refused(Nested(Txn(Put("a"))), Delete("a"));
        Refused(Nested(Txn(Put("a"))), Nested(Txn(Put("a"))));
        Refused(Nested(Txn(Delete("a"))), Nested(Txn(Put("a"))));
        Accepted(Nested(Txn(Put("a"))), Nested(Txn(Delete("a"))));
        Refused(Nested(Txn(Delete("a"))), Put("a"));
        TxnRequest either = Txn(Put("a"));
        either.Failure.Add(Put("a"));
        Accepted(Nested(either));
        Refused(Nested(either), Put("a"));
        Refused(Nested(Txn(Nested(Txn(Put("a"), Put("a"))))));
        TxnRequest onlyElse = new();
        onlyElse.Failure.Add(Put("a"));
        Refused(Put("a"), Nested(onlyElse));
    }

    [Fact]
    public void Both_branches_are_held_to_the_rule_and_apart()
    {
        TxnRequest request = Txn(Put("a"));
        request.Failure.Add(Put("a"));
        Assert.Null(KvValidation.Check(request, MaxOps));
        request.Failure.Add(Put("a"));
        Assert.Equal(EtcdErrors.DuplicateKey, KvValidation.Check(request, MaxOps));
    }

    [Fact]
    public void Read_only_and_serializable()
    {
        Assert.True(KvValidation.IsReadOnly(new TxnRequest()));
        Assert.True(KvValidation.IsSerializable(new TxnRequest()));
        Assert.True(KvValidation.IsReadOnly(Txn(Get("a"))));
        Assert.False(KvValidation.IsSerializable(Txn(Get("a"))));
        Assert.False(KvValidation.IsReadOnly(Txn(Nested(Txn(Get("a"))))));
        RequestOp serializable = Get("a");
        serializable.RequestRange.Serializable = true;
        Assert.True(KvValidation.IsSerializable(Txn(serializable)));
    }

    [Fact]
    public void Quota_cost_is_the_dearer_branch()
    {
        Assert.Equal(256 + 1 + 1, KvValidation.QuotaCost(Put("a").RequestPut));
        TxnRequest request = Txn(Put("a"), Nested(Txn(Put("bb"))), Get("x"));
        request.Failure.Add(Delete("a"));
        Assert.Equal(258 + 259, KvValidation.QuotaCost(request));
        Assert.Equal(0, KvValidation.QuotaCost(Txn(Delete("a"), Get("b"))));
    }

    private static void Accepted(params RequestOp[] operations) => Assert.Null(KvValidation.Check(Txn(operations), MaxOps));

    private static void Refused(params RequestOp[] operations) =>
        Assert.Equal(EtcdErrors.DuplicateKey, KvValidation.Check(Txn(operations), MaxOps));

    private static TxnRequest Txn(params RequestOp[] success)
    {
        var request = new TxnRequest();
        request.Success.AddRange(success);
        return request;
    }

    private static Google.Protobuf.ByteString Key(string key) => StoreFixture.Bytes(key);

    private static RequestOp Put(string key) => new() { RequestPut = new PutRequest { Key = Key(key), Value = Key("v") } };

    private static RequestOp Delete(string key, string end = "") =>
        new() { RequestDeleteRange = new DeleteRangeRequest { Key = Key(key), RangeEnd = Key(end) } };

    private static RequestOp Get(string key) => new() { RequestRange = new RangeRequest { Key = Key(key) } };

    private static RequestOp Nested(TxnRequest request) => new() { RequestTxn = request };
}

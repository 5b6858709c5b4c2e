using System.Buffers;
using Google.Protobuf;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;
using Tenet.State.Mvcc;
using SortOrder = Tenet.Protocol.Etcdserverpb.RangeRequest.Types.SortOrder;
using SortTarget = Tenet.Protocol.Etcdserverpb.RangeRequest.Types.SortTarget;

namespace Tenet.State.Tests.Mvcc;

/// <summary>Ranges over b3 (mod 2), b2 (mod 3, rewritten at 6), b4 (4), a (5), b2 (6, version 2), b1 (7, leased).</summary>
public class RangeTests
{
    [Theory]
    [InlineData("a", "", "a")]
    [InlineData("b", "c", "b1 b2 b3 b4")]
    [InlineData("b2", "\0", "b2 b3 b4")]
    [InlineData("\0", "\0", "a b1 b2 b3 b4")]
    [InlineData("b3", "b3", "")]
    [InlineData("c", "a", "")]
    [InlineData("nothing", "", "")]
    public void Key_and_range_end_select(string key, string end, string expected)
    {
        using StoreFixture store = Example();
        var request = new RangeRequest { Key = StoreFixture.Bytes(key), RangeEnd = StoreFixture.Bytes(end) };
        Assert.Equal(expected, store.Keys(request));
        Assert.Equal(expected.Length == 0 ? 0 : expected.Split(' ').Length, store.Range(request).Count);
    }

    [Theory]
    [InlineData(SortTarget.Key, SortOrder.None, "b1 b2 b3 b4")]
    [InlineData(SortTarget.Key, SortOrder.Descend, "b4 b3 b2 b1")]
    [InlineData(SortTarget.Mod, SortOrder.Ascend, "b3 b4 b2 b1")]
    [InlineData(SortTarget.Mod, SortOrder.Descend, "b1 b2 b4 b3")]
    [InlineData(SortTarget.Create, SortOrder.None, "b3 b2 b4 b1")]
    [InlineData(SortTarget.Create, SortOrder.Descend, "b1 b4 b2 b3")]
    [InlineData(SortTarget.Value, SortOrder.None, "b1 b4 b3 b2")]
    [InlineData(SortTarget.Value, SortOrder.Descend, "b2 b3 b4 b1")]
    public void Sorting_orders(SortTarget target, SortOrder order, string expected)
    {
        using StoreFixture store = Example();
        Assert.Equal(expected, store.Keys(AllB(target, order)));
    }

    [Fact]
    public void Sorting_by_version_puts_the_rewritten_key_at_the_end()
    {
        using StoreFixture store = Example();
        Assert.EndsWith(" b2", store.Keys(AllB(SortTarget.Version, SortOrder.None)), StringComparison.Ordinal);
        Assert.Equal("b2 b1 b3 b4", store.Keys(AllB(SortTarget.Version, SortOrder.Descend)));
    }

    [Fact]
    public void Without_an_order_the_limit_cuts_before_another_target_is_sorted_by()
    {
        using StoreFixture store = Example();
        RangeRequest request = AllB(SortTarget.Mod, SortOrder.None);
        request.Limit = 1;
        Assert.Equal("b2", store.Keys(request));
        request.SortOrder = SortOrder.Ascend;
        Assert.Equal("b3", store.Keys(request));
        Assert.True(store.Range(request).More);
        request.SortOrder = SortOrder.None;
        request.MinModRevision = 1;
        Assert.Equal("b3", store.Keys(request));
    }

    [Theory]
    [InlineData(0, "b1 b2 b3 b4", false)]
    [InlineData(-5, "b1 b2 b3 b4", false)]
    [InlineData(3, "b1 b2 b3", true)]
    [InlineData(4, "b1 b2 b3 b4", false)]
    [InlineData(long.MaxValue, "b1 b2 b3 b4", false)]
    public void Limit_cuts_and_says_so(long limit, string expected, bool more)
    {
        using StoreFixture store = Example();
        RangeRequest request = AllB();
        request.Limit = limit;
        RangeResponse response = store.Range(request);
        Assert.Equal(expected, store.Keys(request));
        Assert.Equal(more, response.More);
        Assert.Equal(4, response.Count);
    }

    [Fact]
    public void Filters_are_inclusive_and_leave_the_count_alone()
    {
        using StoreFixture store = Example();
        Assert.Equal("b2 b4", store.Keys(With(r => (r.MinModRevision, r.MaxModRevision) = (4, 6))));
        Assert.Equal("b2 b3 b4", store.Keys(With(r => (r.MinCreateRevision, r.MaxCreateRevision) = (2, 4))));
        RangeResponse limited = store.Range(With(r => (r.MaxModRevision, r.Limit) = (6, 1)));
        Assert.Equal("b2", limited.Kvs.Single().Key.ToStringUtf8());
        Assert.True(limited.More);
        Assert.Equal(4, limited.Count);
    }

    [Fact]
    public void Count_only_counts_and_nothing_else()
    {
        using StoreFixture store = Example();
        RangeResponse response = store.Range(With(r => (r.CountOnly, r.Limit, r.MaxModRevision) = (true, 1, 2)));
        Assert.Equal((4, 0, false), (response.Count, response.Kvs.Count, response.More));
        Assert.Equal(2, store.Range(With(r => (r.CountOnly, r.Revision) = (true, 3))).Count);
    }

    [Fact]
    public void Keys_only_comes_from_the_index_and_so_without_lease()
    {
        using StoreFixture store = Example();
        KeyValue first = store.Range(With(r => r.KeysOnly = true)).Kvs[0];
        Assert.Equal(new KeyValue { Key = StoreFixture.Bytes("b1"), CreateRevision = 7, ModRevision = 7, Version = 1 }, first);
        RangeRequest byValue = AllB(SortTarget.Value, SortOrder.Ascend);
        byValue.KeysOnly = true;
        Assert.Equal("b1 b4 b3 b2", store.Keys(byValue));
        Assert.All(store.Range(byValue).Kvs, kv => Assert.True(kv.Value.IsEmpty));
        Assert.Equal(99, store.Range(byValue).Kvs[0].Lease);
    }

    [Fact]
    public void Keys_only_knows_create_revision_and_version()
    {
        using StoreFixture store = Example();
        KeyValue second = store.Range(With(r => (r.KeysOnly, r.MinModRevision) = (true, 6))).Kvs[1];
        Assert.Equal(new KeyValue { Key = StoreFixture.Bytes("b2"), CreateRevision = 3, ModRevision = 6, Version = 2 }, second);
    }

    [Fact]
    public void Revisions_must_lie_between_compaction_and_present()
    {
        using StoreFixture store = Example();
        store.Compact(4);
        Assert.Equal(EtcdErrors.FutureRevision, store.Kv.Range(With(r => r.Revision = 8)).Error);
        Assert.Equal(EtcdErrors.Compacted, store.Kv.Range(With(r => r.Revision = 3)).Error);
        Assert.Equal("b2 b3 b4", store.Keys(With(r => r.Revision = 4)));
        Assert.Equal("b1 b2 b3 b4", store.Keys(With(r => r.Revision = -1)));
    }

    [Fact]
    public void The_encoded_result_is_the_generated_messages_encoding()
    {
        using StoreFixture store = Example();
        for (int i = 0; i < 200; i++)
            store.Put($"big{i:d3}", new string('v', i * 20));
        foreach (RangeRequest request in new[] { AllB(), With(r => r.Limit = 2), With(r => r.KeysOnly = true), With(r => r.RangeEnd = StoreFixture.Bytes("\0")) })
        {
            RangeResponse expected = store.Range(request);
            RangeResult result = store.Kv.Range(request).Response!;
            byte[] bytes = new byte[RangeResultCodec.Instance.SizeOf(result)];
            RangeResultCodec.Instance.Write(result, bytes);
            Assert.Equal(expected.ToByteArray(), bytes);
            var pieces = new ArrayBufferWriter<byte>();
            RangeResultCodec.Instance.Write(store.Kv.Range(request).Response!, pieces);
            Assert.Equal(bytes, pieces.WrittenSpan);
            RangeResult chunk = store.Kv.Range(request).Response!;
            var stream = new byte[RangeChunkCodec.Instance.SizeOf(chunk)];
            RangeChunkCodec.Instance.Write(chunk, stream);
            Assert.Equal(new RangeStreamResponse { RangeResponse = expected }.ToByteArray(), stream);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(10)]
    [InlineData(150)]
    [InlineData(200)]
    [InlineData(1000)]
    public void A_streamed_range_adds_up_to_the_range(long limit)
    {
        using var store = new StoreFixture();
        for (int i = 0; i < 200; i++)
            store.Put($"k{i:d3}", new string('v', 50));
        var request = new RangeRequest { Key = StoreFixture.Bytes("k"), RangeEnd = StoreFixture.Bytes("l"), Limit = limit };
        RangeResponse whole = store.Range(request);
        RangeChunks chunks = store.Kv.OpenChunks(request, maxRequestBytes: 2000);
        List<KeyValue> kvs = [];
        RangeResponse last = new();
        while (!chunks.IsFinished)
        {
            using RangeResult chunk = chunks.Next().Response!;
            last = chunk.ToResponse();
            kvs.AddRange(last.Kvs);
            Assert.Equal(chunks.IsFinished, last.Header != null);
            store.Put("k0001", "later writes are not seen");
        }

        Assert.Equal(whole.Kvs, kvs);
        Assert.Equal((whole.More, whole.Count, whole.Header.Revision), (last.More, last.Count, last.Header!.Revision));
    }

    [Fact]
    public void A_compaction_ends_a_streamed_range_that_it_overtakes()
    {
        using var store = new StoreFixture();
        for (int i = 0; i < 50; i++)
            store.Put($"k{i:d3}", "v");
        RangeChunks chunks = store.Kv.OpenChunks(new RangeRequest { Key = StoreFixture.Bytes("k"), RangeEnd = StoreFixture.Bytes("l") }, 1000);
        chunks.Next().Response!.Dispose();
        store.Put("x", "y");
        store.Compact(store.Store.CurrentRevision);
        Assert.Equal(EtcdErrors.Compacted, chunks.Next().Error);
        Assert.True(chunks.IsFinished);
    }

    private static RangeRequest AllB(SortTarget target = SortTarget.Key, SortOrder order = SortOrder.None) =>
        new() { Key = StoreFixture.Bytes("b"), RangeEnd = StoreFixture.Bytes("c"), SortTarget = target, SortOrder = order };

    private static RangeRequest With(Action<RangeRequest> change)
    {
        RangeRequest request = AllB();
        change(request);
        return request;
    }

    private static StoreFixture Example()
    {
        var store = new StoreFixture();
        store.Leases.Granted.Add(99);
        store.Put("b3", "3");
        store.Put("b2", "first");
        store.Put("b4", "2");
        store.Put("a", "0");
        store.Put("b2", "4");
        store.Put("b1", "1", lease: 99);
        return store;
    }
}

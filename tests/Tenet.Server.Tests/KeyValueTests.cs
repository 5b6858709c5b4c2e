using Google.Protobuf;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Server.Tests.Support;

namespace Tenet.Server.Tests;

public sealed class KeyValueTests
{
    [Fact]
    public void What_was_put_is_read_back_with_a_full_header()
    {
        using TestMember member = TestMember.Started();
        PutResponse put = member.Put("foo", "bar");
        Assert.Equal(2, put.Header.Revision);
        Assert.Equal(member.Member.Status.ClusterId, put.Header.ClusterId);
        Assert.Equal(member.Member.Status.MemberId, put.Header.MemberId);
        Assert.Equal(2UL, put.Header.RaftTerm);

        RangeResponse range = member.Range(new RangeRequest { Key = ByteString.CopyFromUtf8("foo") });
        Assert.Equal("bar", range.Kvs[0].Value.ToStringUtf8());
        Assert.Equal(put.Header, range.Header);
        Assert.Equal(1, range.Count);
    }

    [Fact]
    public void Identifiers_are_those_that_etcd_derives_from_urls_and_token()
    {
        // Recorded from etcd for http://127.0.0.1:23800 and the default token.
        using TestMember member = TestMember.Started(configure: options => options with
        {
            InitialCluster = [new InitialMember("n1", ["http://127.0.0.1:23800"])],
            AdvertisePeerUrls = ["http://127.0.0.1:23800"],
        });
        MemberListResponse list = member.Run(member.Member.Cluster.MemberList(new MemberListRequest { Linearizable = true }, member.Call));
        Protocol.Etcdserverpb.Member listed = Assert.Single(list.Members);
        Assert.Equal(member.Member.Status.MemberId, listed.ID);
        Assert.Equal("n1", listed.Name);
        Assert.Equal("http://127.0.0.1:12379", Assert.Single(listed.ClientURLs));
        Assert.Equal(0, list.Header.Revision);
    }

    [Fact]
    public void Deleting_what_is_not_there_changes_nothing()
    {
        using TestMember member = TestMember.Started();
        member.Put("a", "1");
        Assert.Equal(0, member.Delete("b").Deleted);
        DeleteRangeResponse deleted = member.Delete("a");
        Assert.Equal(1, deleted.Deleted);
        Assert.Equal(3, deleted.Header.Revision);
        Assert.Null(member.Get("a"));
    }

    [Fact]
    public void A_transaction_takes_one_branch_at_one_revision()
    {
        using TestMember member = TestMember.Started();
        member.Put("k", "1");
        var request = new TxnRequest
        {
            Compare = { new Compare { Key = ByteString.CopyFromUtf8("k"), Target = Compare.Types.CompareTarget.Value, Value = ByteString.CopyFromUtf8("1") } },
            Success = { new RequestOp { RequestPut = TestMember.PutRequest("k", "2") }, new RequestOp { RequestPut = TestMember.PutRequest("l", "3") } },
            Failure = { new RequestOp { RequestPut = TestMember.PutRequest("k", "no") } },
        };
        TxnResponse response = member.Run(member.Member.Kv.Txn(request, member.Call));
        Assert.True(response.Succeeded);
        Assert.Equal(3, response.Header.Revision);
        Assert.Equal("2", member.Get("k"));
        Assert.Equal("3", member.Get("l"));
    }

    [Fact]
    public void A_read_only_transaction_is_not_replicated()
    {
        using TestMember member = TestMember.Started();
        member.Put("k", "1");
        ulong committed = member.Member.Status.CommittedIndex;
        var request = new TxnRequest { Success = { new RequestOp { RequestRange = new RangeRequest { Key = ByteString.CopyFromUtf8("k") } } } };
        TxnResponse response = member.Run(member.Member.Kv.Txn(request, member.Call));
        Assert.Equal("1", response.Responses[0].ResponseRange.Kvs[0].Value.ToStringUtf8());
        Assert.Equal(2, response.Header.Revision);
        Assert.Equal(committed, member.Member.Status.CommittedIndex);
    }

    [Fact]
    public void Compaction_makes_the_past_unreadable_and_physical_waits_until_it_is_gone()
    {
        using TestMember member = TestMember.Started();
        for (int i = 0; i < 50; i++)
            member.Put("k", $"{i}");
        CompactionResponse response = member.Run(member.Member.Kv.Compact(new CompactionRequest { Revision = 40, Physical = true }, member.Call));
        Assert.Equal(51, response.Header.Revision);
        Assert.False(member.Member.Engine.Core.Store.HasCompactionWork);
        Assert.Equal(EtcdErrors.Compacted, member.Refused(() => member.Member.Kv.Range(new RangeRequest { Key = ByteString.CopyFromUtf8("k"), Revision = 39 }, member.Call)));
        Assert.Equal("38", member.Range(new RangeRequest { Key = ByteString.CopyFromUtf8("k"), Revision = 40 }).Kvs[0].Value.ToStringUtf8());
        Assert.Equal(EtcdErrors.Compacted, member.Refused(() => member.Member.Kv.Compact(new CompactionRequest { Revision = 40 }, member.Call)));
        Assert.Equal(EtcdErrors.FutureRevision, member.Refused(() => member.Member.Kv.Compact(new CompactionRequest { Revision = 99 }, member.Call)));
        Assert.True(member.Log.Has("finished scheduled compaction"));
    }

    [Fact]
    public void A_streamed_range_ends_with_header_and_count()
    {
        using TestMember member = TestMember.Started();
        for (int i = 0; i < 100; i++)
            member.Put($"k{i:d3}", "v");
        var chunks = new CollectingWriter<State.Mvcc.RangeResult, RangeResponse>(static chunk => chunk.ToResponse());
        member.Run(member.Member.Kv.RangeStream(
            new RangeRequest { Key = ByteString.CopyFromUtf8("k"), RangeEnd = ByteString.CopyFromUtf8("l") }, chunks, member.Call));
        Assert.True(chunks.Items.Count > 1);
        Assert.Equal(100, chunks.Items.Sum(chunk => chunk.Kvs.Count));
        Assert.Equal(100, chunks.Items[^1].Count);
        Assert.Equal(101, chunks.Items[^1].Header.Revision);
        Assert.All(chunks.Items.Take(chunks.Items.Count - 1), chunk => Assert.Null(chunk.Header));
    }
}

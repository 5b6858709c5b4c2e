using Google.Protobuf;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Server.Requests;
using Tenet.Server.Services;
using Tenet.Server.Tests.Support;

namespace Tenet.Server.Tests;

public sealed class RefusalTests
{
    [Fact]
    public void An_empty_key_is_refused_before_anything_is_proposed()
    {
        using TestMember member = TestMember.Started();
        ulong committed = member.Member.Status.CommittedIndex;
        Assert.Equal(EtcdErrors.EmptyKey, member.Refused(() => member.Member.Kv.Put(new PutRequest(), member.Call)));
        Assert.Equal(EtcdErrors.EmptyKey, member.Refused(() => member.Member.Kv.Range(new RangeRequest(), member.Call)));
        Assert.Equal(EtcdErrors.EmptyKey, member.Refused(() => member.Member.Kv.DeleteRange(new DeleteRangeRequest(), member.Call)));
        member.RunFor(TimeSpan.FromMilliseconds(100));
        Assert.Equal(committed, member.Member.Status.CommittedIndex);
    }

    [Fact]
    public void The_limit_on_requests_counts_the_envelope_of_eighteen_bytes()
    {
        using TestMember member = TestMember.Started();
        int largest = member.Member.Engine.Core.Options.MaxRequestBytes - 18;
        PutRequest Sized(int size)
        {
            var request = new PutRequest { Key = ByteString.CopyFromUtf8("abc"), Value = ByteString.CopyFrom(new byte[size - 20]) };
            request.Value = ByteString.CopyFrom(new byte[request.Value.Length + size - request.CalculateSize()]);
            Assert.Equal(size, request.CalculateSize());
            return request;
        }

        Assert.Equal(2, member.Run(member.Member.Kv.Put(Sized(largest), member.Call)).Header.Revision);
        Assert.Equal(EtcdErrors.RequestTooLarge, member.Refused(() => member.Member.Kv.Put(Sized(largest + 1), member.Call)));
    }

    [Fact]
    public void Unsound_transactions_are_refused()
    {
        using TestMember member = TestMember.Started(configure: options => options with { MaxTransactionOperations = 2 });
        var twice = new TxnRequest
        {
            Success = { new RequestOp { RequestPut = TestMember.PutRequest("a", "1") }, new RequestOp { RequestPut = TestMember.PutRequest("a", "2") } },
        };
        Assert.Equal(EtcdErrors.DuplicateKey, member.Refused(() => member.Member.Kv.Txn(twice, member.Call)));
        twice.Success.Add(new RequestOp { RequestPut = TestMember.PutRequest("b", "2") });
        Assert.Equal(EtcdErrors.TooManyOps, member.Refused(() => member.Member.Kv.Txn(twice, member.Call)));
    }

    [Fact]
    public void Revisions_beyond_history_are_refused()
    {
        using TestMember member = TestMember.Started();
        member.Put("a", "1");
        var future = new RangeRequest { Key = ByteString.CopyFromUtf8("a"), Revision = 99 };
        Assert.Equal(EtcdErrors.FutureRevision, member.Refused(() => member.Member.Kv.Range(future, member.Call)));
    }

    [Fact]
    public void A_member_that_cannot_keep_up_refuses_new_requests_and_reads_on()
    {
        using TestMember member = TestMember.Started();
        member.Put("a", "1");
        member.Member.Engine.Core.State.CommittedIndex = member.Member.Status.AppliedIndex + RequestPath.ApplyLagMax + 1;
        Assert.Equal(EtcdErrors.TooManyRequests, member.Refused(() => member.Member.Kv.Put(TestMember.PutRequest("b", "2"), member.Call)));
        Assert.Equal("1", member.Get("a"));
    }

    [Fact]
    public void A_request_that_nobody_answers_times_out_and_leaves_nobody_waiting()
    {
        using TestMember member = TestMember.Started();
        ValueTask<PutResponse> put = member.Member.Kv.Put(TestMember.PutRequest("a", "1"), member.Call);

        // Only the consensus loop runs: the log never tells it that anything is durable.
        Loops.ITurn consensus = member.Member.Turns.First(turn => turn.Name == "consensus");
        Task<PutResponse> waiting = put.AsTask();
        for (int i = 0; i < 200 && !waiting.IsCompleted; i++)
        {
            consensus.RunTurn();
            member.Clock.Advance(TimeSpan.FromMilliseconds(50));
        }

        Assert.Equal(EtcdErrors.Timeout, Assert.Throws<RefusalException>(() => waiting.GetAwaiter().GetResult()).Error);

        // The entry is in the log all the same: a timeout promises nothing either way. Its late result finds nobody.
        member.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal("1", member.Get("a"));
    }

    [Fact]
    public void A_caller_that_goes_away_is_forgotten()
    {
        using TestMember member = TestMember.Started();
        using var call = new TestCall();
        Task<PutResponse> put = member.Member.Kv.Put(TestMember.PutRequest("a", "1"), call).AsTask();
        call.Cancel();
        Loops.ITurn consensus = member.Member.Turns.First(turn => turn.Name == "consensus");
        for (int i = 0; i < 10 && !put.IsCompleted; i++)
        {
            consensus.RunTurn();
            member.Clock.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.Equal(EtcdErrors.RequestCanceled, Assert.Throws<RefusalException>(() => put.GetAwaiter().GetResult()).Error);
    }

    [Fact]
    public void Leases_that_cannot_be_are_refused()
    {
        using TestMember member = TestMember.Started();
        LeaseService leases = member.Member.Lease;
        Assert.Equal(EtcdErrors.LeaseNotFound, member.Refused(() => member.Member.Kv.Put(TestMember.PutRequest("a", "1", lease: 7), member.Call)));
        Assert.Equal(EtcdErrors.LeaseNotFound, member.Refused(() => leases.LeaseRevoke(new LeaseRevokeRequest { ID = 7 }, member.Call)));
        Assert.Equal(EtcdErrors.LeaseTtlTooLarge, member.Refused(() => leases.LeaseGrant(new LeaseGrantRequest { ID = 7, TTL = 9_000_000_001 }, member.Call)));
        Assert.Equal(2, member.Run(leases.LeaseGrant(new LeaseGrantRequest { ID = 7, TTL = 0 }, member.Call)).TTL);
        Assert.Equal(EtcdErrors.LeaseExists, member.Refused(() => leases.LeaseGrant(new LeaseGrantRequest { ID = 7, TTL = 10 }, member.Call)));
    }

    [Fact]
    public void A_stopped_member_refuses_everything()
    {
        TestMember member = TestMember.Started();
        member.Dispose();
        Assert.Equal(EtcdErrors.Stopped, member.Refused(() => member.Member.Kv.Put(TestMember.PutRequest("a", "1"), member.Call)));
        Assert.Equal(EtcdErrors.Stopped, member.Refused(() => member.Member.Kv.Range(new RangeRequest { Key = ByteString.CopyFromUtf8("a") }, member.Call)));
    }

    [Fact]
    public void Requests_under_way_are_refused_when_the_member_stops()
    {
        TestMember member = TestMember.Started();
        Task<PutResponse> put = member.Member.Kv.Put(TestMember.PutRequest("a", "1"), member.Call).AsTask();
        member.Dispose();
        Assert.Equal(EtcdErrors.Stopped, Assert.Throws<RefusalException>(() => put.GetAwaiter().GetResult()).Error);
    }

    [Fact]
    public void Before_the_cluster_has_a_version_no_call_passes_the_door()
    {
        using var member = new TestMember();
        var row = ServiceMethods.Of(member.Member).OfType<Protocol.Calls.UnaryMethod<PutRequest, PutResponse>>().Single();
        Assert.Equal(EtcdErrors.NotCapable, member.Refused(() => row.Handler(TestMember.PutRequest("a", "1"), member.Call)));
        member.Run(member.Member.Ready);
        Assert.Equal(2, member.Run(row.Handler(TestMember.PutRequest("a", "1"), member.Call)).Header.Revision);
    }

    [Fact]
    public void A_caller_that_requires_a_leader_is_told_when_there_is_none()
    {
        using TestMember member = TestMember.Started();
        var row = ServiceMethods.Of(member.Member).OfType<Protocol.Calls.UnaryMethod<PutRequest, PutResponse>>().Single();
        member.Call.Headers["hasleader"] = "true";
        Assert.Equal(2, member.Run(row.Handler(TestMember.PutRequest("a", "1"), member.Call)).Header.Revision);
        member.Member.Engine.Core.State.Lead = 0;
        Assert.Equal(EtcdErrors.NoLeader, member.Refused(() => row.Handler(TestMember.PutRequest("a", "2"), member.Call)));
    }

    [Fact]
    public void Every_path_of_the_table_is_there_once()
    {
        using TestMember member = TestMember.Started();
        string[] paths = [.. ServiceMethods.Of(member.Member).Select(method => method.Path).Order(StringComparer.Ordinal)];
        Assert.Equal(paths.Distinct(), paths);
        Assert.Equal(49, paths.Length);
    }
}

using Google.Protobuf;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Server.Services;
using Tenet.Server.Tests.Support;
using Tenet.State.Watch;

namespace Tenet.Server.Tests;

public sealed class WatchAndLeaseTests
{
    [Fact]
    public void A_watcher_gets_history_and_then_the_present_in_order()
    {
        using TestMember member = TestMember.Started();
        member.Put("a", "1");
        member.Put("a", "2");
        using var watch = new OpenWatch(member);
        watch.Requests.Send(new WatchRequest { CreateRequest = new WatchCreateRequest { Key = ByteString.CopyFromUtf8("a"), StartRevision = 2 } });
        watch.Await(responses => responses.Sum(response => response.Events.Count) == 2);
        member.Put("a", "3");
        watch.Await(responses => responses.Sum(response => response.Events.Count) == 3);
        Assert.True(watch.Responses[0].Created);
        Assert.Equal(["1", "2", "3"], watch.Responses.SelectMany(response => response.Events).Select(change => change.Kv.Value.ToStringUtf8()));
        Assert.Equal(member.Member.Status.ClusterId, watch.Responses[0].Header.ClusterId);
    }

    [Fact]
    public void A_half_closed_stream_keeps_getting_events_and_a_cancelled_one_ends_as_cancelled()
    {
        using TestMember member = TestMember.Started();
        using var watch = new OpenWatch(member);
        watch.Requests.Send(new WatchRequest { CreateRequest = new WatchCreateRequest { Key = ByteString.CopyFromUtf8("a") } });
        watch.Await(responses => responses.Count == 1);
        watch.Requests.Close();
        member.Put("a", "1");
        watch.Await(responses => responses.Count == 2);
        watch.Call.Cancel();
        Assert.Equal(EtcdErrors.WatchCanceled, Assert.Throws<RefusalException>(() => member.Run(watch.Task)).Error);
    }

    [Fact]
    public void Progress_is_told_when_asked_for_and_by_the_clock()
    {
        using TestMember member = TestMember.Started(configure: options => options with { WatchProgressNotifyInterval = TimeSpan.FromSeconds(5) });
        using var watch = new OpenWatch(member);
        watch.Requests.Send(new WatchRequest { CreateRequest = new WatchCreateRequest { Key = ByteString.CopyFromUtf8("a"), ProgressNotify = true } });
        watch.Await(responses => responses.Count == 1);
        member.Put("b", "1");
        watch.Requests.Send(new WatchRequest { ProgressRequest = new WatchProgressRequest() });
        watch.Await(responses => responses.Count == 2);
        Assert.Equal((-1L, 2L), (watch.Responses[1].WatchId, watch.Responses[1].Header.Revision));
        member.RunFor(TimeSpan.FromSeconds(6));
        watch.Await(responses => responses.Count >= 3);
        Assert.Equal((0L, 2L), (watch.Responses[2].WatchId, watch.Responses[2].Header.Revision));
    }

    [Fact]
    public void A_stream_that_requires_a_leader_ends_after_three_looks_without_one()
    {
        using TestMember member = TestMember.Started();
        var row = ServiceMethods.Of(member.Member).OfType<Protocol.Calls.DuplexMethod<WatchRequest, WatchReply>>().Single();
        using var call = new TestCall();
        call.Headers["hasleader"] = "true";
        var responses = new CollectingWriter<WatchReply, WatchResponse>(static reply => reply.ToMessage());
        Task watching = row.Handler(new QueueReader<WatchRequest>(), responses, call);
        member.RunFor(TimeSpan.FromSeconds(5));
        Assert.False(watching.IsCompleted);
        member.Member.Engine.Core.State.Lead = 0;
        Assert.Equal(EtcdErrors.NoLeader, Assert.Throws<RefusalException>(() => member.Run(watching)).Error);
    }

    [Fact]
    public void A_lease_takes_its_keys_with_it_when_it_runs_out_and_not_before()
    {
        using TestMember member = TestMember.Started();
        long id = member.Run(member.Member.Lease.LeaseGrant(new LeaseGrantRequest { TTL = 5 }, member.Call)).ID;
        Assert.True(id > 0);
        member.Put("a", "1", lease: id);
        member.RunFor(TimeSpan.FromSeconds(4.9));
        Assert.Equal("1", member.Get("a"));
        LeaseTimeToLiveResponse standing = member.Run(member.Member.Lease.LeaseTimeToLive(new LeaseTimeToLiveRequest { ID = id, Keys = true }, member.Call));
        Assert.Equal((0L, 5L), (standing.TTL, standing.GrantedTTL));
        Assert.Equal("a", Assert.Single(standing.Keys).ToStringUtf8());
        member.RunFor(TimeSpan.FromSeconds(2));
        Assert.Null(member.Get("a"));
        Assert.Equal(-1, member.Run(member.Member.Lease.LeaseTimeToLive(new LeaseTimeToLiveRequest { ID = id }, member.Call)).TTL);
        Assert.Empty(member.Run(member.Member.Lease.LeaseLeases(new LeaseLeasesRequest(), member.Call)).Leases);
    }

    [Fact]
    public void A_lease_that_is_kept_alive_lives_on_and_an_unknown_one_is_answered_with_zero()
    {
        using TestMember member = TestMember.Started();
        long id = member.Run(member.Member.Lease.LeaseGrant(new LeaseGrantRequest { TTL = 5 }, member.Call)).ID;
        var requests = new QueueReader<LeaseKeepAliveRequest>();
        var responses = new CollectingWriter<LeaseKeepAliveResponse, LeaseKeepAliveResponse>(static response => response);
        using var call = new TestCall();
        Task stream = member.Member.Lease.LeaseKeepAlive(requests, responses, call);
        for (int i = 1; i <= 4; i++)
        {
            requests.Send(new LeaseKeepAliveRequest { ID = id });
            OpenWatch.RunUntil(member, () => responses.Items.Count == i);
            member.RunFor(TimeSpan.FromSeconds(3));
        }

        Assert.All(responses.Items, response => Assert.Equal(5, response.TTL));
        requests.Send(new LeaseKeepAliveRequest { ID = 12345 });
        OpenWatch.RunUntil(member, () => responses.Items.Count == 5);
        Assert.Equal(0, responses.Items[4].TTL);
        requests.Close();
        member.Run(stream);
    }

    [Fact]
    public void Leases_and_their_keys_survive_a_restart()
    {
        TestMember first = TestMember.Started();
        first.Run(first.Member.Lease.LeaseGrant(new LeaseGrantRequest { ID = 77, TTL = 100 }, first.Call));
        first.Put("a", "1", lease: 77);
        first.Dispose();
        using TestMember second = TestMember.Started(first.Disk);
        LeaseTimeToLiveResponse standing = second.Run(second.Member.Lease.LeaseTimeToLive(new LeaseTimeToLiveRequest { ID = 77, Keys = true }, second.Call));
        Assert.Equal(100, standing.GrantedTTL);
        Assert.InRange(standing.TTL, 99, 101);
        Assert.Equal("a", Assert.Single(standing.Keys).ToStringUtf8());
        second.Run(second.Member.Lease.LeaseRevoke(new LeaseRevokeRequest { ID = 77 }, second.Call));
        Assert.Null(second.Get("a"));
    }

    private sealed class OpenWatch : IDisposable
    {
        private readonly TestMember _member;
        private readonly CollectingWriter<WatchReply, WatchResponse> _responses = new(static reply => reply.ToMessage());

        public OpenWatch(TestMember member)
        {
            _member = member;
            Task = member.Member.Watch.Watch(Requests, _responses, Call);
        }

        public QueueReader<WatchRequest> Requests { get; } = new();

        public TestCall Call { get; } = new();

        public Task Task { get; }

        public IReadOnlyList<WatchResponse> Responses => _responses.Items;

        public static void RunUntil(TestMember member, Func<bool> condition)
        {
            long end = Environment.TickCount64 + 20_000;
            while (!condition())
            {
                Assert.True(Environment.TickCount64 < end, "it does not happen");
                member.Round();
                Thread.Yield();
            }
        }

        public void Await(Func<IReadOnlyList<WatchResponse>, bool> condition) => RunUntil(_member, () => condition(Responses));

        public void Dispose()
        {
            Call.Cancel();
            Assert.Throws<RefusalException>(() => _member.Run(Task));
            Call.Dispose();
        }
    }
}

using Google.Protobuf;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.V3electionpb;
using Tenet.Protocol.V3lockpb;
using Tenet.Server.Tests.Support;

namespace Tenet.Server.Tests;

public sealed class RecipeTests
{
    [Fact]
    public void Those_who_wait_for_a_lock_get_it_in_the_order_in_which_they_came()
    {
        using TestMember member = TestMember.Started();
        Grant(member, 1, 2, 3);
        Assert.Equal("l/1", member.Run(Lock(member, 1, member.Call)).Key.ToStringUtf8());
        Task<LockResponse> second = Waiting(member, Lock(member, 2, member.Call));
        Task<LockResponse> third = Waiting(member, Lock(member, 3, member.Call));
        Unlock(member, "l/1");
        Assert.Equal("l/2", member.Run(second).Key.ToStringUtf8());
        Assert.False(third.IsCompleted);

        // Again with the same lease: it is held already.
        Assert.Equal("l/2", member.Run(Lock(member, 2, member.Call)).Key.ToStringUtf8());
        Unlock(member, "l/2");
        Assert.Equal("l/3", member.Run(third).Key.ToStringUtf8());
    }

    [Fact]
    public void Who_gives_up_in_the_middle_of_the_queue_lets_nobody_in_and_keeps_nobody_out()
    {
        using TestMember member = TestMember.Started();
        Grant(member, 1, 2, 3);
        member.Run(Lock(member, 1, member.Call));
        using var hasty = new TestCall();
        Task<LockResponse> second = Waiting(member, Lock(member, 2, hasty));
        Task<LockResponse> third = Waiting(member, Lock(member, 3, member.Call));
        hasty.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => member.Run(second));
        Assert.Null(member.Get("l/2"));
        member.RunFor(TimeSpan.FromSeconds(1));
        Assert.False(third.IsCompleted);
        Unlock(member, "l/1");
        Assert.Equal("l/3", member.Run(third).Key.ToStringUtf8());
    }

    [Fact]
    public void A_lease_of_its_own_lasts_a_minute_and_its_lock_no_longer()
    {
        using TestMember member = TestMember.Started();
        Grant(member, 2);
        string key = member.Run(Lock(member, 0, member.Call)).Key.ToStringUtf8();
        Task<LockResponse> second = Waiting(member, Lock(member, 2, member.Call));
        member.RunFor(TimeSpan.FromSeconds(59));
        Assert.NotNull(member.Get(key));
        Assert.False(second.IsCompleted);
        Assert.Equal("l/2", member.Run(second).Key.ToStringUtf8());
        Assert.Null(member.Get(key));
    }

    [Fact]
    public void Who_waits_with_a_lease_that_ends_is_told_that_the_session_has_expired()
    {
        using TestMember member = TestMember.Started();
        Grant(member, 1, 2);
        member.Run(Lock(member, 1, member.Call));
        Task<LockResponse> second = Waiting(member, Lock(member, 2, member.Call));
        member.Run(member.Member.Lease.LeaseRevoke(new LeaseRevokeRequest { ID = 2 }, member.Call));
        Unlock(member, "l/1");
        EtcdError refusal = Assert.Throws<RefusalException>(() => member.Run(second)).Error;
        Assert.Equal((StatusCode.Unknown, "mutex: session is expired"), (refusal.Code, refusal.Message));
    }

    [Fact]
    public void A_refused_operation_of_a_recipe_is_unknown_to_its_caller_with_its_own_words()
    {
        using TestMember member = TestMember.Started();
        EtcdError refusal = member.Refused(() => Lock(member, 77, member.Call));
        Assert.Equal((StatusCode.Unknown, EtcdErrors.LeaseNotFound.Message), (refusal.Code, refusal.Message));
        refusal = member.Refused(() => member.Member.Election.Leader(new LeaderRequest { Name = Name }, member.Call));
        Assert.Equal((StatusCode.Unknown, "election: no leader"), (refusal.Code, refusal.Message));
    }

    [Fact]
    public void A_waiting_call_ends_with_the_member()
    {
        TestMember member = TestMember.Started();
        Grant(member, 1, 2);
        member.Run(Lock(member, 1, member.Call));
        Task<LockResponse> second = Waiting(member, Lock(member, 2, member.Call));
        member.Dispose();
        Assert.Equal(EtcdErrors.Stopped.Message, Assert.Throws<RefusalException>(() => second.GetAwaiter().GetResult()).Message);
    }

    [Fact]
    public void An_observer_sees_each_leader_and_each_of_its_words()
    {
        using TestMember member = TestMember.Started();
        Grant(member, 1, 2);
        using var observing = new TestCall();
        var seen = new CollectingWriter<LeaderResponse, string>(static response => $"{response.Kv.Key.ToStringUtf8()}={response.Kv.Value.ToStringUtf8()}");
        Task observer = member.Member.Election.Observe(new LeaderRequest { Name = Name }, seen, observing);
        member.RunFor(TimeSpan.FromSeconds(1));
        LeaderKey first = member.Run(Campaign(member, 1, "a", member.Call)).Leader;
        member.RunUntil(() => seen.Items.Count >= 1);
        member.Run(member.Member.Election.Proclaim(new ProclaimRequest { Leader = first, Value = ByteString.CopyFromUtf8("b") }, member.Call));
        member.RunUntil(() => seen.Items.Count >= 2);
        Task<CampaignResponse> second = Waiting(member, Campaign(member, 2, "c", member.Call));
        member.Run(member.Member.Election.Resign(new ResignRequest { Leader = first }, member.Call));
        member.Run(second);
        member.RunUntil(() => seen.Items.Count >= 3);
        Assert.Equal(["l/1=a", "l/1=b", "l/2=c"], seen.Items);
        observing.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => member.Run(observer));
        Assert.Equal("c", member.Run(member.Member.Election.Leader(new LeaderRequest { Name = Name }, member.Call)).Kv.Value.ToStringUtf8());
    }

    [Fact]
    public void A_candidate_that_gives_up_takes_its_key_away()
    {
        using TestMember member = TestMember.Started();
        Grant(member, 1, 2);
        member.Run(Campaign(member, 1, "a", member.Call));
        using var hasty = new TestCall();
        Task<CampaignResponse> second = Waiting(member, Campaign(member, 2, "b", hasty));
        hasty.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => member.Run(second));
        Assert.Null(member.Get("l/2"));
        Assert.Equal("a", member.Get("l/1"));
    }

    private static ByteString Name { get; } = ByteString.CopyFromUtf8("l");

    private static ValueTask<LockResponse> Lock(TestMember member, long lease, TestCall call) =>
        member.Member.Lock.Lock(new LockRequest { Name = Name, Lease = lease }, call);

    private static ValueTask<CampaignResponse> Campaign(TestMember member, long lease, string value, TestCall call) =>
        member.Member.Election.Campaign(new CampaignRequest { Name = Name, Lease = lease, Value = ByteString.CopyFromUtf8(value) }, call);

    private static Task<T> Waiting<T>(TestMember member, ValueTask<T> call)
    {
        Task<T> task = call.AsTask();
        member.RunFor(TimeSpan.FromMilliseconds(100));
        Assert.False(task.IsCompleted);
        return task;
    }

    private static void Unlock(TestMember member, string key) =>
        member.Run(member.Member.Lock.Unlock(new UnlockRequest { Key = ByteString.CopyFromUtf8(key) }, member.Call));

    private static void Grant(TestMember member, params long[] ids)
    {
        foreach (long id in ids)
            member.Run(member.Member.Lease.LeaseGrant(new LeaseGrantRequest { ID = id, TTL = 600 }, member.Call));
    }
}

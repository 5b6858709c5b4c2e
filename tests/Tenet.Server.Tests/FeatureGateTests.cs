using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Server.Requests;
using Tenet.Server.Tests.Support;

namespace Tenet.Server.Tests;

/// <summary>What feature gates change, open and shut.</summary>
public sealed class FeatureGateTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void With_PriorityRequest_leases_are_revoked_while_other_requests_are_too_many(bool open)
    {
        using TestMember member = TestMember.Started(configure: options => options with { PriorityRequests = open });
        var core = member.Member.Engine.Core;

        // Entries are committed and not applied: the member is overloaded.
        member.Stalled = "apply";
        Overload(RequestPath.ApplyLagMax, Put);
        Assert.Equal(EtcdErrors.TooManyRequests, Refusal(Put()));
        Assert.Equal(EtcdErrors.TooManyRequests, Refusal(new InternalRaftRequest { LeaseGrant = new LeaseGrantRequest { TTL = 10 } }));
        Assert.Equal(open ? null : EtcdErrors.TooManyRequests, Refusal(Revoke()));
        if (!open)
            return;

        // Twice as far behind, nothing has priority any more.
        Overload(2 * RequestPath.ApplyLagMax, Revoke);
        Assert.Equal(EtcdErrors.TooManyRequests, Refusal(Revoke()));

        void Overload(ulong lag, Func<InternalRaftRequest> request)
        {
            while (core.State.CommittedIndex <= core.State.AppliedIndex + lag)
            {
                for (int i = 0; i < 500; i++)
                    core.Requests.TrySubmit(request(), null, out _);
                member.Round();
            }
        }

        EtcdError? Refusal(InternalRaftRequest request)
        {
            core.Requests.TrySubmit(request, null, out EtcdError? refusal);
            return refusal;
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void With_StopGRPCServiceOnDefrag_the_member_says_that_it_does_not_serve_while_it_defragments(bool open)
    {
        using TestMember member = TestMember.Started(configure: options => options with { StopServingOnDefragmentation = open });
        List<bool> serving = [];
        member.Member.Maintenance.ServingChanged = serving.Add;
        member.Put("a", "1");
        Task<DefragmentResponse> defragmentation = member.Member.Maintenance.Defragment(new DefragmentRequest(), member.Call).AsTask();
        Assert.Equal(open ? [false] : [], serving);
        member.Run(defragmentation);
        Assert.Equal(open ? [false, true] : [true], serving);
        string[] said = [.. member.Log.Lines.Where(static line => line.Message == "grpc service status changed")
            .Select(static line => $"{line.Level} {string.Join(' ', line.Fields.Select(static field => $"{field.Name}={field.Value}"))}")];
        string[] stopped = open ? ["Warn service= status=NOT_SERVING reason=defrag is active"] : [];
        Assert.Equal([.. stopped, "Info service= status=SERVING"], said);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void With_FastLeaseKeepAlive_a_lease_is_renewed_before_everything_is_applied(bool open)
    {
        using TestMember member = TestMember.Started(configure: options => options with { FastLeaseKeepAlive = open });
        member.Run(member.Member.Lease.LeaseGrant(new LeaseGrantRequest { ID = 7, TTL = 100 }, member.Call));
        var core = member.Member.Engine.Core;
        member.Stalled = "apply";
        core.Requests.TrySubmit(Put(), null, out _);
        member.RunUntil(() => core.State.CommittedIndex > core.State.AppliedIndex);
        Task<long?> renewal = member.Member.Lease.RenewHereAsync(7, default).AsTask();
        Assert.Equal(open, renewal.IsCompleted);
        member.Stalled = null;
        Assert.Equal(100, member.Run(renewal));
    }

    [Theory]
    [InlineData(false, false, 1_000)]
    [InlineData(true, false, 1_000)]
    [InlineData(true, true, 700)]
    public void With_LeaseCheckpoint_and_LeaseCheckpointPersist_a_restart_does_not_give_a_lease_its_time_again(bool checkpoints, bool persist, long expected)
    {
        MemberOptions Gates(MemberOptions options) => options with { LeaseCheckpoints = checkpoints, LeaseCheckpointPersist = persist };
        TestMember member = TestMember.Started(configure: Gates);
        member.Run(member.Member.Lease.LeaseGrant(new LeaseGrantRequest { ID = 7, TTL = 1_000 }, member.Call));
        member.RunFor(TimeSpan.FromMinutes(5.5));
        member.Dispose();
        using TestMember again = TestMember.Started(member.Disk, Gates);

        // A new leader adds the time that its election may have taken.
        Assert.InRange(again.Run(again.Member.Lease.LeaseTimeToLive(new LeaseTimeToLiveRequest { ID = 7 }, again.Call)).TTL, expected - 5, expected + 1);
    }

    private static InternalRaftRequest Put() => new() { Put = TestMember.PutRequest("k", "v") };

    private static InternalRaftRequest Revoke() => new() { LeaseRevoke = new LeaseRevokeRequest { ID = 7 } };
}

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

    private static InternalRaftRequest Put() => new() { Put = TestMember.PutRequest("k", "v") };

    private static InternalRaftRequest Revoke() => new() { LeaseRevoke = new LeaseRevokeRequest { ID = 7 } };
}

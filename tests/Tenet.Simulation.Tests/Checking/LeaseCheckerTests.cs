using Google.Protobuf;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Raft;
using Tenet.Simulation.Checking;

namespace Tenet.Simulation.Tests.Checking;

public sealed class LeaseCheckerTests
{
    private readonly CheckerOptions _options = new() { ElectionTimeout = TimeSpan.FromSeconds(1) };
    private readonly History _history = new();
    private readonly ReferenceState _reference;
    private TimeSpan _now = TimeSpan.FromSeconds(100);
    private ulong _index;

    public LeaseCheckerTests()
    {
        _reference = new ReferenceState(() => _now);
        Apply(new InternalRaftRequest { LeaseGrant = new LeaseGrantRequest { ID = 7, TTL = 10 } });
    }

    [Fact]
    public void A_lease_that_ends_in_time_is_accepted()
    {
        Revoke(at: 110.5);
        Assert.Null(Check(at: 200));
    }

    [Fact]
    public void A_lease_that_ends_early_is_found()
    {
        Revoke(at: 109.5);
        Assert.Contains("granted", Check(at: 200)?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lease_that_a_client_revokes_may_end_at_any_time()
    {
        _history.Invoke(new LeaseRevokeRequest { ID = 7 }, 0, 1, 0, Seconds(101));
        Revoke(at: 102);
        Assert.Null(Check(at: 200));
    }

    [Fact]
    public void A_renewal_that_was_acknowledged_counts()
    {
        Renew(105, 106, ttl: 10);
        Revoke(at: 111);
        Assert.Contains("renewed", Check(at: 200)?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_renewal_that_was_not_acknowledged_does_not_count()
    {
        _history.Invoke(new LeaseKeepAliveRequest { ID = 7 }, 0, 1, 0, Seconds(105));
        Revoke(at: 111);
        Assert.Null(Check(at: 200));
    }

    [Fact]
    public void A_lease_that_lives_and_is_denied_is_found()
    {
        Renew(105, 106, ttl: 0);
        Revoke(at: 111);
        Assert.Contains("says that there is none", Check(at: 200)?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lease_that_never_ends_is_found()
    {
        Assert.Null(Check(at: 115));
        Assert.Contains("still lives", Check(at: 120)?.Message, StringComparison.Ordinal);
        Renew(110, 110.1, ttl: 10);
        Assert.Null(Check(at: 120));
    }

    [Fact]
    public void A_clock_that_runs_fast_may_end_a_lease_a_little_early()
    {
        Revoke(at: 109.5);
        Assert.Null(new LeaseChecker(_reference, _history.Operations, _options with { ClockRateMax = 1.1 }).Check(Seconds(200), default));
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private void Apply(InternalRaftRequest request) =>
        _reference.Apply(new Entry(1, ++_index, EntryType.Normal, request.ToByteArray()));

    private void Revoke(double at)
    {
        _now = Seconds(at);
        Apply(new InternalRaftRequest { LeaseRevoke = new LeaseRevokeRequest { ID = 7 } });
    }

    private void Renew(double from, double to, long ttl) =>
        _history.Invoke(new LeaseKeepAliveRequest { ID = 7 }, 0, 1, 0, Seconds(from))
            .Answer(new LeaseKeepAliveResponse { ID = 7, TTL = ttl }, _history.Next(), Seconds(to));

    private Violation? Check(double at) => new LeaseChecker(_reference, _history.Operations, _options).Check(Seconds(at), default);
}

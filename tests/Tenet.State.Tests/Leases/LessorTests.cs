using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Backends;
using Tenet.State.Leases;
using Tenet.State.Tests.Apply;

namespace Tenet.State.Tests.Leases;

/// <summary>Leases in virtual time (contract/api.md, 2.4; contract/storage.md, 5.4).</summary>
public sealed class LessorTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private StateFixture _state = new();

    public void Dispose() => _state.Dispose();

    [Theory]
    [InlineData(1, 600, 600)]
    [InlineData(-7, 10, 10)]
    [InlineData(long.MinValue, 9_000_000_000, 9_000_000_000)]
    [InlineData(5, 0, 2)]
    [InlineData(5, 1, 2)]
    [InlineData(5, -100, 2)]
    public void A_lease_is_granted_with_at_least_the_shortest_time_to_live(long id, long asked, long granted)
    {
        var response = Assert.IsType<LeaseGrantResponse>(_state.Grant(id, asked).Response);
        Assert.Equal((id, granted, ""), (response.ID, response.TTL, response.Error));
        Assert.Equal(1, response.Header.Revision);
    }

    [Fact]
    public void What_cannot_be_granted_is_refused()
    {
        Assert.Equal(EtcdErrors.LeaseTtlTooLarge, _state.Grant(1, 9_000_000_001).Error);
        Assert.Equal(EtcdErrors.LeaseTtlTooLarge, _state.Grant(1, long.MaxValue).Error);
        Assert.Equal(EtcdErrors.LeaseNotFound, _state.Grant(0, 10).Error);
        _state.Grant(1, 10);
        Assert.Equal(EtcdErrors.LeaseExists, _state.Grant(1, 10).Error);
        Assert.Equal(EtcdErrors.LeaseTtlTooLarge, _state.Grant(1, 9_000_000_001).Error);
        Assert.Equal(EtcdErrors.LeaseNotFound, _state.Revoke(2).Error);
    }

    [Fact]
    public void A_lease_is_stored_as_etcd_stores_it_until_it_is_revoked()
    {
        _state.Grant(0x2040a201ea991e09, 600);
        byte[] key = Convert.FromHexString("2040a201ea991e09");
        Assert.Equal("0889bce4d49ec0a8a02010d804", _state.Stored(Bucket.Lease, key));
        _state.Revoke(0x2040a201ea991e09);
        Assert.Null(_state.Stored(Bucket.Lease, key));
    }

    [Fact]
    public void A_leader_that_is_elected_again_shortens_no_lease_that_it_has_renewed()
    {
        Lessor lessor = _state.Lessor;
        _state.Grant(1, 100);
        lessor.Checkpoint(1, 30, _state.Now);
        lessor.Promote(_state.Now, Second);
        Assert.Equal(100, lessor.Renew(1, _state.Now).TtlSeconds);

        // A checkpoint that was on its way when the client renewed.
        lessor.Checkpoint(1, 30, _state.Now);
        lessor.Promote(_state.Now, Second);
        Assert.Empty(lessor.ExpiredUpTo(_state.Now + TimeSpan.FromSeconds(100) - TimeSpan.FromMilliseconds(1), 10));
        Assert.Equal([1], lessor.ExpiredUpTo(_state.Now + TimeSpan.FromSeconds(100), 10));
    }

    [Fact]
    public void Only_the_primary_counts_time()
    {
        Lessor lessor = _state.Lessor;
        _state.Grant(1, 10);
        Assert.Empty(lessor.ExpiredUpTo(_state.Now + TimeSpan.FromDays(1000), 10));
        Assert.Equal(RenewStatus.NotPrimary, lessor.Renew(1, _state.Now).Status);
        Assert.False(lessor.TimeToLive(1, false, _state.Now)!.Counted);
        lessor.Promote(_state.Now, Second);
        Assert.Equal(11, lessor.TimeToLive(1, false, _state.Now)!.RemainingSeconds);
        Assert.Empty(lessor.ExpiredUpTo(_state.Now + 10.9 * Second, 10));
        Assert.Equal([1], lessor.ExpiredUpTo(_state.Now + 11 * Second, 10));
        lessor.Demote();
        Assert.Empty(lessor.ExpiredUpTo(_state.Now + TimeSpan.FromDays(1000), 10));
    }

    [Fact]
    public void Time_to_live_is_in_whole_seconds_cut_off()
    {
        Lessor lessor = _state.Lessor;
        lessor.Promote(_state.Now, TimeSpan.Zero);
        _state.Grant(1, 10);
        Assert.Null(lessor.TimeToLive(2, true, _state.Now));
        Assert.Equal(10, lessor.TimeToLive(1, false, _state.Now)!.RemainingSeconds);
        Assert.Equal(9, lessor.TimeToLive(1, false, _state.Now + 0.001 * Second)!.RemainingSeconds);
        Assert.Equal(0, lessor.TimeToLive(1, false, _state.Now + 9.5 * Second)!.RemainingSeconds);
        LeaseTimeToLive renewed = Renewed(1, _state.Now + 9.5 * Second);
        Assert.Equal((10L, 10L), (renewed.RemainingSeconds, renewed.GrantedSeconds));
    }

    [Fact]
    public void A_huge_time_to_live_does_not_overflow()
    {
        Lessor lessor = _state.Lessor;
        lessor.Promote(_state.Now, Second);
        _state.Grant(1, Lessor.TtlMaxSeconds);
        Assert.Equal(Lessor.TtlMaxSeconds, lessor.TimeToLive(1, false, _state.Now)!.RemainingSeconds);
        Assert.Empty(lessor.ExpiredUpTo(_state.Now + TimeSpan.FromDays(36500), 10));
    }

    [Fact]
    public async Task An_expired_lease_cannot_be_renewed_and_the_caller_waits_for_its_end()
    {
        Lessor lessor = _state.Lessor;
        lessor.Promote(_state.Now, TimeSpan.Zero);
        _state.Grant(1, 10);
        RenewOutcome expired = lessor.Renew(1, _state.Now + 10 * Second);
        Assert.Equal(RenewStatus.Expired, expired.Status);
        Assert.False(expired.Gone!.IsCompleted);
        _state.Revoke(1);
        await expired.Gone;
        Assert.Equal(RenewStatus.NotFound, lessor.Renew(1, _state.Now).Status);

        _state.Grant(2, 10);
        expired = lessor.Renew(2, _state.Now + 10 * Second);
        lessor.Demote();
        await expired.Gone!;
        Assert.Equal(RenewStatus.NotPrimary, lessor.Renew(2, _state.Now).Status);
    }

    [Fact]
    public void Expired_leases_come_soonest_first_at_a_bounded_rate_and_again_if_not_revoked()
    {
        Lessor lessor = _state.Lessor;
        lessor.Promote(_state.Now, TimeSpan.Zero);
        foreach (long id in new long[] { 5, 3, 9, 1 })
            _state.Grant(id, 10 + id);
        TimeSpan later = _state.Now + 30 * Second;
        Assert.Equal([1, 3, 5], lessor.ExpiredUpTo(later, 3));
        Assert.Equal([9], lessor.ExpiredUpTo(later, 3));
        Assert.Empty(lessor.ExpiredUpTo(later + 6.9 * Second, 3));
        _state.Revoke(3);
        Assert.Equal([1, 5, 9], lessor.ExpiredUpTo(later + 7 * Second, 3).Order());
    }

    [Fact]
    public void Leases_are_listed_by_expiry()
    {
        Lessor lessor = _state.Lessor;
        _state.Grant(4, 10);
        _state.Grant(-4, 20);
        _state.Grant(2, 5);
        Assert.Equal([-4, 2, 4], lessor.Ids());
        lessor.Promote(_state.Now, TimeSpan.Zero);
        Assert.Equal([2, 4, -4], lessor.Ids());
        Renewed(2, _state.Now + 4 * Second);
        Renewed(4, _state.Now + 0.5 * Second);
        Renewed(2, _state.Now + 4.9 * Second);
        Assert.Equal([2, 4, -4], lessor.Ids());
        _state.Now += 8 * Second;
        Renewed(2, _state.Now);
        Assert.Equal([4, 2, -4], lessor.Ids());
    }

    [Fact]
    public void Keys_follow_the_last_put()
    {
        Lessor lessor = _state.Lessor;
        _state.Grant(1, 10);
        _state.Grant(2, 10);
        foreach (string key in new[] { "c", "a", "b" })
            _state.Put(key, "v", lease: 1);
        Assert.Equal(["a", "b", "c"], Keys(1));
        _state.Put("b", "w", lease: 2);
        _state.Put("a", "w");
        Assert.Equal(["c"], Keys(1));
        Assert.Equal(["b"], Keys(2));
        _state.Delete("b");
        Assert.Empty(Keys(2));
        Assert.Equal(0, lessor.LeaseOf("b"u8));
        Assert.Equal(1, lessor.LeaseOf("c"u8));
        Assert.Equal(EtcdErrors.LeaseNotFound, _state.Put("d", "v", lease: 99).Error);
    }

    [Fact]
    public void Revoking_deletes_the_keys_in_order_in_one_revision()
    {
        _state.Grant(1, 10);
        foreach (string key in new[] { "c", "a", "b" })
            _state.Put(key, "v", lease: 1);
        EventLog log = EventLog.On(_state.Store);
        Assert.Equal(5, Assert.IsType<LeaseRevokeResponse>(_state.Revoke(1).Response).Header.Revision);
        Assert.Equal(["5 DELETE a", "5 DELETE b", "5 DELETE c"], log.Lines);
        Assert.Null(_state.Get("a"));
        Assert.Equal(EtcdErrors.LeaseNotFound, _state.Revoke(1).Error);
        _state.Grant(1, 10);
        Assert.Equal(5, Assert.IsType<LeaseRevokeResponse>(_state.Revoke(1).Response).Header.Revision);
    }

    [Fact]
    public void Leases_and_their_keys_survive_a_restart_and_count_anew()
    {
        _state.Grant(1, 10);
        _state.Grant(-2, 100);
        _state.Grant(3, 100);
        _state.Put("a", "v", lease: 1);
        _state.Put("b", "v", lease: 1);
        _state.Put("b", "w", lease: -2);
        _state.Delete("a");
        _state.Revoke(3);
        _state = _state.Reopen();
        Assert.Equal([-2, 1], _state.Lessor.Ids());
        Assert.Empty(Keys(1));
        Assert.Equal(["b"], Keys(-2));
        _state.Lessor.Promote(_state.Now, Second);
        Assert.Equal([1], _state.Lessor.ExpiredUpTo(_state.Now + 11 * Second, 10));
        _state.Revoke(-2);
        Assert.Null(_state.Get("b"));
    }

    [Fact]
    public void A_promotion_spreads_expiries_and_never_makes_one_earlier()
    {
        const int Leases = 3000;
        for (int i = 1; i <= Leases; i++)
            _state.Grant(i, 60);
        _state.Grant(Leases + 1, 62);
        _state.Grant(Leases + 2, 3600);
        _state.Lessor.Promote(_state.Now, Second);
        Assert.Empty(_state.Lessor.ExpiredUpTo(_state.Now + 60.9 * Second, 10_000));
        var perSecond = new List<int>();
        for (int second = 61; second < 67; second++)
            perSecond.Add(_state.Lessor.ExpiredUpTo(_state.Now + second * Second, 10_000).Count);
        Assert.Equal([750, 750, 750, 750, 1, 0], perSecond);
        Assert.Equal(3601, _state.Lessor.TimeToLive(Leases + 2, false, _state.Now)!.RemainingSeconds);
    }

    [Fact]
    public void A_few_leases_are_not_spread()
    {
        for (int i = 1; i <= 900; i++)
            _state.Grant(i, 60);
        _state.Lessor.Promote(_state.Now, Second);
        Assert.Equal(900, _state.Lessor.ExpiredUpTo(_state.Now + 61 * Second, 10_000).Count);
    }

    [Theory]
    [InlineData("3.5.0", false)]
    [InlineData("3.6.0", true)]
    public void A_checkpoint_is_stored_from_cluster_version_3_6_on(string version, bool stored)
    {
        _state.Apply(new InternalRaftRequest { ClusterVersionSet = new Protocol.Membershippb.ClusterVersionSetRequest { Ver = version } });
        _state.Grant(1, 600);
        _state.Apply(Checkpoint(1, 250));
        _state.Apply(Checkpoint(99, 250));
        _state.Lessor.Promote(_state.Now, TimeSpan.Zero);
        Assert.Equal(250, _state.Lessor.TimeToLive(1, false, _state.Now)!.RemainingSeconds);
        _state = _state.Reopen();
        _state.Lessor.Promote(_state.Now, TimeSpan.Zero);
        Assert.Equal(stored ? 250 : 600, _state.Lessor.TimeToLive(1, false, _state.Now)!.RemainingSeconds);
        Assert.Equal(600, _state.Lessor.TimeToLive(1, false, _state.Now)!.GrantedSeconds);
    }

    [Fact]
    public void Checkpoints_are_due_every_interval_while_more_than_one_interval_is_left()
    {
        _state.Dispose();
        _state = new StateFixture(lessor: new LessorOptions { Checkpoints = true });
        Lessor lessor = _state.Lessor;
        lessor.Promote(_state.Now, TimeSpan.Zero);
        _state.Grant(1, 1000);
        _state.Grant(2, 200);
        Assert.Empty(lessor.DueCheckpoints(_state.Now + 299 * Second));
        _state.Now += 300 * Second;
        LeaseCheckpoint due = Assert.Single(lessor.DueCheckpoints(_state.Now));
        Assert.Equal((1L, 700L), (due.ID, due.RemainingTTL));
        Assert.Empty(lessor.DueCheckpoints(_state.Now + 1000 * Second));
        _state.Apply(Checkpoint(1, 700));
        _state.Now += 300 * Second;
        Assert.Equal(400, Assert.Single(lessor.DueCheckpoints(_state.Now)).RemainingTTL);
        _state.Apply(Checkpoint(1, 400));

        RenewOutcome renewed = lessor.Renew(1, _state.Now);
        Assert.Equal((RenewStatus.Renewed, 1000L, true), (renewed.Status, renewed.TtlSeconds, renewed.CheckpointMustBeCleared));
        Assert.False(lessor.Renew(1, _state.Now).CheckpointMustBeCleared);
        Assert.Equal(1000, lessor.TimeToLive(1, false, _state.Now)!.RemainingSeconds);
    }

    private static InternalRaftRequest Checkpoint(long id, long remaining) => new()
    {
        LeaseCheckpoint = new LeaseCheckpointRequest { Checkpoints = { new LeaseCheckpoint { ID = id, RemainingTTL = remaining } } },
    };

    private LeaseTimeToLive Renewed(long id, TimeSpan now)
    {
        Assert.Equal(RenewStatus.Renewed, _state.Lessor.Renew(id, now).Status);
        return _state.Lessor.TimeToLive(id, false, now)!;
    }

    private IEnumerable<string> Keys(long id) => _state.Lessor.KeysOf(id).Select(static key => System.Text.Encoding.UTF8.GetString(key.Span));
}

using Tenet.Foundation.Randomness;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Leases;
using Tenet.State.Tests.Apply;

namespace Tenet.State.Tests.Leases;

/// <summary>
/// Random lives of leases against a model of one line each: a lease never ends before its time, and ends soon after it while someone counts. Leadership comes and
/// goes, checkpoints are taken, revocations are lost and repeated.
/// </summary>
public sealed class LeaseHistoryTests
{
    private static readonly TimeSpan Extend = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_lease_ends_never_early_and_always_at_last(ulong seed)
    {
        var random = new SeededRandom(seed);
        using var state = new StateFixture(lessor: new LessorOptions { Checkpoints = true, PersistCheckpoints = true, CheckpointInterval = TimeSpan.FromSeconds(20) });
        var model = new SortedDictionary<long, Life>();
        bool primary = false;
        for (int step = 0; step < 3000; step++)
        {
            state.Now += TimeSpan.FromMilliseconds(random.Next(400));
            TimeSpan now = state.Now;
            long id = 1 + random.Next(60);
            switch (random.Next(12))
            {
                case 0 or 1 or 2:
                    long ttl = 2 + random.Next(random.Chance(0.2) ? 100 : 10);
                    Assert.Equal(!model.ContainsKey(id), state.Grant(id, ttl).Error is null);
                    if (!model.ContainsKey(id))
                        model.Add(id, new Life(ttl, now));
                    break;
                case 3 or 4 or 5 or 6:
                    Renew(state.Lessor, model, id, now, primary);
                    break;
                case 7 when random.Chance(0.3):
                    Assert.Equal(model.Remove(id), state.Revoke(id).Error is null);
                    break;
                case 8 when random.Chance(0.1):
                    primary = !primary;
                    if (!primary)
                    {
                        state.Lessor.Demote();
                        break;
                    }

                    state.Lessor.Promote(now, Extend);
                    foreach (Life life in model.Values)
                        life.Start(now + Extend);
                    break;
                case 9:
                    IReadOnlyList<LeaseCheckpoint> due = state.Lessor.DueCheckpoints(now);
                    if (due.Count > 0 && random.Chance(0.8))
                        state.Apply(new InternalRaftRequest { LeaseCheckpoint = new LeaseCheckpointRequest { Checkpoints = { due } } });
                    foreach (LeaseCheckpoint checkpoint in due)
                        AssertHonest(model[checkpoint.ID], checkpoint, now);
                    foreach (Life life in model.Values)
                        life.MayCountFromCheckpoint = true;
                    break;
                default:
                    foreach (long expired in state.Lessor.ExpiredUpTo(now, 500))
                    {
                        Assert.True(primary);
                        Assert.True(model[expired].EarliestEnd <= now, "a lease ended early");
                        if (random.Chance(0.8))
                        {
                            Assert.Null(state.Revoke(expired).Error);
                            model.Remove(expired);
                        }
                    }

                    break;
            }

            Assert.Equal(model.Keys, state.Lessor.Ids().Order());
        }

        // With a leader that stays, everything ends at last.
        state.Lessor.Promote(state.Now, Extend);
        for (int second = 0; second < 120; second++)
        {
            state.Now += TimeSpan.FromSeconds(1);
            foreach (long expired in state.Lessor.ExpiredUpTo(state.Now, 500))
                state.Revoke(expired);
        }

        Assert.Equal(0, state.Lessor.Count);
    }

    private static void Renew(Lessor lessor, SortedDictionary<long, Life> model, long id, TimeSpan now, bool primary)
    {
        RenewOutcome outcome = lessor.Renew(id, now);
        if (!primary)
        {
            Assert.Equal(RenewStatus.NotPrimary, outcome.Status);
        }
        else if (!model.TryGetValue(id, out Life? life))
        {
            Assert.Equal(RenewStatus.NotFound, outcome.Status);
        }
        else if (outcome.Status == RenewStatus.Expired)
        {
            Assert.True(life.EarliestEnd <= now);
        }
        else
        {
            Assert.Equal((RenewStatus.Renewed, life.TtlSeconds), (outcome.Status, outcome.TtlSeconds));
            life.MayCountFromCheckpoint = false;
            life.Start(now);
        }
    }

    private static void AssertHonest(Life life, LeaseCheckpoint checkpoint, TimeSpan now) =>
        Assert.True(now + TimeSpan.FromSeconds(checkpoint.RemainingTTL) >= life.EarliestEnd, "a checkpoint takes time away");

    /// <summary>The earliest moment at which a lease may end. After a checkpoint a new leader may count from what was left; that is never before the end there was.</summary>
    private sealed class Life
    {
        public Life(long ttlSeconds, TimeSpan now)
        {
            TtlSeconds = ttlSeconds;
            Start(now);
        }

        public long TtlSeconds { get; }

        public TimeSpan EarliestEnd { get; private set; }

        public bool MayCountFromCheckpoint { get; set; }

        public void Start(TimeSpan from)
        {
            if (!MayCountFromCheckpoint)
                EarliestEnd = from + TimeSpan.FromSeconds(TtlSeconds);
        }
    }
}

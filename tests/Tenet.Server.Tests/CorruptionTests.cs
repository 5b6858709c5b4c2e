using Tenet.Foundation.Files.Simulation;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Server.Maintenance;
using Tenet.Server.Peers;
using Tenet.Server.Tests.Support;
using Tenet.State.Alarms;
using Tenet.State.Mvcc;
using ClusterMember = Tenet.State.Members.ClusterMember;

namespace Tenet.Server.Tests;

/// <summary>Comparisons of history between members (contract/consensus.md, 4.8; contract/storage.md, 6.6), with a learner whose answers the test gives.</summary>
public sealed class CorruptionTests
{
    private const string LearnerUrl = "http://127.0.0.1:22380";

    private readonly FakePeers _peers = new();

    [Fact]
    public void Members_that_agree_raise_no_alarm()
    {
        using TestMember member = WithLearner();
        _peers.HashesAt[LearnerUrl] = revision => Of(member.Member.Peers.HashKv(revision));
        Compact(member);
        member.RunFor(TimeSpan.FromMinutes(2.5));
        Assert.Empty(member.Member.Status.Alarms);
        Assert.True(member.Log.Has("successfully checked hash on whole cluster"));
        Assert.True(member.Log.Has("finished peer corruption check"));

        // Once for the compaction, which is not compared again, and once for everything.
        Assert.Equal(2, _peers.Asked.Count(question => question.StartsWith("hashkv", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_compaction_whose_hash_differs_raises_the_alarm_and_stops_writes()
    {
        using TestMember member = WithLearner();
        _peers.HashesAt[LearnerUrl] = revision => Of(member.Member.Peers.HashKv(revision)) with { Hash = 1 };
        Compact(member);
        member.RunFor(TimeSpan.FromMinutes(2));

        // Of two members neither is a majority, so nobody can be named.
        Assert.Equal([new Alarm(0, AlarmType.Corrupt)], member.Member.Engine.Core.Alarms.All);
        Assert.Equal(EtcdErrors.Corrupt, member.Refused(() => member.Member.Kv.Put(TestMember.PutRequest("a", "x"), member.Call)));
    }

    [Fact]
    public void A_difference_that_is_gone_at_the_second_look_accuses_nobody()
    {
        using TestMember member = WithLearner();
        int asked = 0;
        _peers.HashesAt[LearnerUrl] = revision => Of(member.Member.Peers.HashKv(revision)) with { Hash = asked++ == 0 ? 1 : Of(member.Member.Peers.HashKv(revision)).Hash };
        Compact(member);
        member.RunFor(TimeSpan.FromMinutes(1.5));
        Assert.Equal(2, asked);
        Assert.Empty(member.Member.Status.Alarms);
    }

    [Fact]
    public void A_member_that_compacted_elsewhere_or_does_not_answer_is_passed_over()
    {
        using TestMember member = WithLearner(options => options with { CorruptCheckTime = TimeSpan.Zero });
        _peers.HashesAt[LearnerUrl] = revision => new PeerHash(1, revision, revision, 0);
        Compact(member);
        member.RunFor(TimeSpan.FromMinutes(2));
        Assert.True(member.Log.Has("skipped revision in compaction hash check; was not able to check all peers"));
        _peers.HashesAt.Clear();
        member.RunFor(TimeSpan.FromMinutes(2));
        Assert.Empty(member.Member.Status.Alarms);
    }

    [Fact]
    public void A_follower_with_revisions_that_nobody_agreed_on_is_accused_by_name()
    {
        using TestMember member = WithLearner();
        ulong learner = member.Member.Peers.Members.Learners[0];
        _peers.HashesAt[LearnerUrl] = revision => Of(member.Member.Peers.HashKv(revision)) with { Revision = 1_000 };
        member.RunFor(TimeSpan.FromMinutes(3));
        Assert.Equal([new Alarm(learner, AlarmType.Corrupt)], member.Member.Engine.Core.Alarms.All);
    }

    [Fact]
    public void Checks_that_are_switched_off_ask_nobody()
    {
        using TestMember member = WithLearner(options => options with { CompactHashCheck = false, CorruptCheckTime = TimeSpan.Zero });
        Compact(member);
        member.RunFor(TimeSpan.FromMinutes(3));
        Assert.DoesNotContain(_peers.Asked, question => question.StartsWith("hashkv", StringComparison.Ordinal));
    }

    [Fact]
    public void A_restarted_member_whose_history_differs_does_not_start_and_one_that_nobody_can_judge_does()
    {
        SimFileSystem disk;
        string self;
        using (TestMember first = WithLearner())
        {
            disk = first.Disk;
            self = first.Member.Status.MemberId.ToString("x");
            first.Put("a", "1");
            _peers.HashesAt[LearnerUrl] = static revision => new PeerHash(1, -1, revision, 0);
        }

        Assert.Equal(
            $"{self} found data inconsistency with peers",
            Assert.Throws<MemberStartException>(() => Again(disk)).Message);
        using (TestMember unchecked_ = Again(disk, options => options with { InitialCorruptCheck = false }))
            unchecked_.Run(unchecked_.Member.Ready);

        _peers.HashesAt[LearnerUrl] = static _ => throw EtcdErrors.FutureRevision.ToException();
        using (TestMember ahead = Again(disk))
            Assert.True(ahead.Log.Has("cannot fetch hash from slow remote peer"));
        _peers.HashesAt.Clear();
        using TestMember alone = Again(disk);
        alone.Run(alone.Member.Ready);
        Assert.Equal("1", alone.Get("a"));
    }

    [Fact]
    public void Verdicts_follow_the_majority()
    {
        var own = new HashKvResult(5, 10, 20);
        Assert.Empty(HashVerdict.Of(1, own, [Answer(2, 5), Answer(3, 5)]).Divergent);
        Assert.Equal([3UL], HashVerdict.Of(1, own, [Answer(2, 5), Answer(3, 6)]).Divergent);
        Assert.Equal([1UL], HashVerdict.Of(1, own, [Answer(2, 6), Answer(3, 6)]).Divergent);
        Assert.Equal([0UL], HashVerdict.Of(1, own, [Answer(2, 6), Answer(3, 7)]).Divergent);
        Assert.Equal([0UL], HashVerdict.Of(1, own, [Answer(2, 6), Silent(3)]).Divergent);
        Assert.Equal([4UL, 5UL], HashVerdict.Of(1, own, [Answer(2, 5), Answer(3, 5), Answer(5, 7), Answer(4, 6)]).Divergent);

        // Another compaction, or another revision: nothing to compare.
        Assert.Empty(HashVerdict.Of(1, own, [Answer(2, 6) with { Hash = new PeerHash(6, 9, 25, 20) }]).Divergent);
        Assert.Empty(HashVerdict.Of(1, own, [Answer(2, 6) with { Hash = new PeerHash(6, 10, 25, 21) }]).Divergent);
        HashVerdict partly = HashVerdict.Of(1, own, [Answer(2, 5), Silent(3)]);
        Assert.Equal((1, 2), (partly.Compared, partly.Agreeing));
    }

    private static HashAnswer Answer(ulong id, uint hash) => new(new ClusterMember(id, [], false, "", []), new PeerHash(hash, 10, 25, 0), null);

    private static HashAnswer Silent(ulong id) => new(new ClusterMember(id, [], false, "", []), null, new PeerRequestException("connection refused"));

    private static PeerHash Of(PeerHash hash) => hash with { HashRevision = 0 };

    private static void Compact(TestMember member)
    {
        for (int i = 0; i < 5; i++)
            member.Put("k", $"{i}");
        member.Run(member.Member.Kv.Compact(new CompactionRequest { Revision = 4, Physical = true }, member.Call));
        member.RunFor(TimeSpan.FromSeconds(1));
        Assert.NotEmpty(member.Member.Engine.Core.Store.CompactionHashes);
    }

    private TestMember WithLearner(Func<MemberOptions, MemberOptions>? configure = null)
    {
        TestMember member = TestMember.Started(configure: options => Configured(options with { CorruptCheckTime = TimeSpan.FromMinutes(2) }, configure), replace: seams => seams with { Peers = _peers });
        member.Run(member.Member.Cluster.MemberAdd(new MemberAddRequest { PeerURLs = { LearnerUrl }, IsLearner = true }, member.Call));
        return member;
    }

    private static MemberOptions Configured(MemberOptions options, Func<MemberOptions, MemberOptions>? configure) => configure?.Invoke(options) ?? options;

    private TestMember Again(SimFileSystem disk, Func<MemberOptions, MemberOptions>? configure = null) =>
        new(disk, configure, replace: seams => seams with { Peers = _peers });
}

using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Server.Tests.Support;

namespace Tenet.Server.Tests;

/// <summary>Membership changes as clients ask for them (contract/consensus.md, 6.5 and 6.6; contract/api.md, 2.5).</summary>
public sealed class ClusterServiceTests
{
    private const string SecondUrl = "http://127.0.0.1:22380";

    [Fact]
    public void A_learner_is_added_listed_and_removed_and_its_id_never_comes_back()
    {
        using TestMember member = TestMember.Started();
        MemberAddResponse added = member.Run(member.Member.Cluster.MemberAdd(Add(SecondUrl, learner: true), member.Call));

        Assert.True(added.Member.IsLearner);
        Assert.Equal([SecondUrl], added.Member.PeerURLs);
        Assert.Empty(added.Member.Name);
        Assert.Equal(2, added.Members.Count);
        Assert.Equal(added.Members.Select(listed => listed.ID).Order(), added.Members.Select(listed => listed.ID));
        Assert.Equal(0, added.Header.Revision);

        MemberRemoveResponse removed = member.Run(member.Member.Cluster.MemberRemove(new MemberRemoveRequest { ID = added.Member.ID }, member.Call));
        Assert.Single(removed.Members);
        Assert.Equal(EtcdErrors.MemberNotFound, member.Refused(() => member.Member.Cluster.MemberRemove(new MemberRemoveRequest { ID = added.Member.ID }, member.Call)));
    }

    [Fact]
    public void The_id_of_an_added_member_comes_from_its_urls_and_the_second_of_its_adding()
    {
        using TestMember member = TestMember.Started();
        long before = member.Clock.GetUtcNow().ToUnixTimeSeconds();
        MemberAddResponse added = member.Run(member.Member.Cluster.MemberAdd(Add(SecondUrl, learner: true), member.Call));
        Assert.Equal(State.Members.MemberIdentity.MemberId([SecondUrl], "", before), added.Member.ID);
    }

    [Theory]
    [InlineData("127.0.0.1:22380")]
    [InlineData("http://127.0.0.1")]
    [InlineData("http://127.0.0.1:22380/path")]
    [InlineData("ftp://127.0.0.1:22380")]
    public void Urls_that_are_none_are_refused_before_they_are_replicated(string url)
    {
        using TestMember member = TestMember.Started();
        ulong applied = member.Member.Status.AppliedIndex;
        Assert.Equal(EtcdErrors.MemberBadUrls, member.Refused(() => member.Member.Cluster.MemberAdd(Add(url, learner: true), member.Call)));
        Assert.Equal(
            EtcdErrors.MemberBadUrls,
            member.Refused(() => member.Member.Cluster.MemberUpdate(new MemberUpdateRequest { ID = 1, PeerURLs = { url } }, member.Call)));
        Assert.Equal(applied, member.Member.Status.AppliedIndex);
    }

    [Fact]
    public void What_is_taken_unknown_or_too_much_is_refused_with_etcds_errors()
    {
        using TestMember member = TestMember.Started();
        string own = TestMember.Options.AdvertisePeerUrls[0];
        Assert.Equal(EtcdErrors.PeerUrlExists, member.Refused(() => member.Member.Cluster.MemberAdd(Add(own, learner: true), member.Call)));
        Assert.Equal(
            EtcdErrors.MemberNotFound,
            member.Refused(() => member.Member.Cluster.MemberUpdate(new MemberUpdateRequest { ID = 5, PeerURLs = { SecondUrl } }, member.Call)));
        Assert.Equal(EtcdErrors.MemberNotFound, member.Refused(() => member.Member.Cluster.MemberPromote(new MemberPromoteRequest { ID = 5 }, member.Call)));
        Assert.Equal(EtcdErrors.MemberBadUrls, member.Refused(() => member.Member.Cluster.MemberAdd(new MemberAddRequest(), member.Call)));

        member.Run(member.Member.Cluster.MemberAdd(Add(SecondUrl, learner: true), member.Call));
        Assert.Equal(
            EtcdErrors.TooManyLearners,
            member.Refused(() => member.Member.Cluster.MemberAdd(Add("http://127.0.0.1:32380", learner: true), member.Call)));
    }

    [Theory]
    [InlineData("3.5.30", false)]
    [InlineData("3.6.0", true)]
    [InlineData(null, false)]
    public void A_second_learner_is_for_clusters_without_3_5(string? version, bool added)
    {
        var peers = new FakePeers();
        using TestMember member = TestMember.Started(configure: options => options with { MaxLearners = 2 }, replace: seams => seams with { Peers = peers });
        member.Run(member.Member.Cluster.MemberAdd(Add(SecondUrl, learner: true), member.Call));
        if (version is not null)
            peers.VersionsAt[SecondUrl] = new Peers.PeerVersions(Version.Parse(version), null);
        MemberAddRequest third = Add("http://127.0.0.1:32380", learner: true);
        if (added)
            Assert.Equal(3, member.Run(member.Member.Cluster.MemberAdd(third, member.Call)).Members.Count);
        else
            Assert.Equal(EtcdErrors.TooManyLearners, member.Refused(() => member.Member.Cluster.MemberAdd(third, member.Call)));
    }

    [Fact]
    public void An_update_replaces_the_urls_and_leaves_a_learner_a_learner()
    {
        using TestMember member = TestMember.Started();
        ulong id = member.Run(member.Member.Cluster.MemberAdd(Add(SecondUrl, learner: true), member.Call)).Member.ID;
        var update = new MemberUpdateRequest { ID = id, PeerURLs = { "http://127.0.0.1:42380", "HTTP://127.0.0.1:32380" } };
        MemberUpdateResponse updated = member.Run(member.Member.Cluster.MemberUpdate(update, member.Call));
        Assert.Equal(["http://127.0.0.1:32380", "http://127.0.0.1:42380"], updated.Members.Single(listed => listed.ID == id).PeerURLs);
        Assert.True(updated.Members.Single(listed => listed.ID == id).IsLearner);
    }

    [Fact]
    public void A_learner_that_lags_is_not_promoted()
    {
        using TestMember member = TestMember.Started();
        ulong id = member.Run(member.Member.Cluster.MemberAdd(Add(SecondUrl, learner: true), member.Call)).Member.ID;
        Assert.Equal(EtcdErrors.LearnerNotReady, member.Refused(() => member.Member.Cluster.MemberPromote(new MemberPromoteRequest { ID = id }, member.Call)));
    }

    [Fact]
    public void The_only_voter_may_not_be_removed_while_the_checks_are_on()
    {
        using TestMember member = TestMember.Started();
        ulong self = member.Member.Status.MemberId;
        Assert.Equal(EtcdErrors.MemberNotEnoughStarted, member.Refused(() => member.Member.Cluster.MemberRemove(new MemberRemoveRequest { ID = self }, member.Call)));
    }

    [Fact]
    public void A_second_voter_may_join_a_member_that_is_alone_and_then_nothing_is_agreed_without_it()
    {
        var peers = new FakePeers();
        using TestMember member = TestMember.Started(replace: seams => seams with { Peers = peers });
        MemberAddResponse added = member.Run(member.Member.Cluster.MemberAdd(Add(SecondUrl, learner: false), member.Call));
        Assert.Equal(2, added.Members.Count);

        // The second has not started, so a third would leave one of three.
        Assert.Equal(
            EtcdErrors.MemberNotEnoughStarted,
            member.Refused(() => member.Member.Cluster.MemberAdd(Add("http://127.0.0.1:32380", learner: false), member.Call)));
        Assert.Equal(
            EtcdErrors.UnhealthyCluster,
            member.Refused(() => member.Member.Cluster.MemberAdd(Add("http://127.0.0.1:32380", learner: true), member.Call)));
        Assert.Equal(EtcdErrors.Timeout, member.Refused(() => member.Member.Kv.Put(TestMember.PutRequest("a", "b"), member.Call)));
    }

    private static MemberAddRequest Add(string url, bool learner) => new() { PeerURLs = { url }, IsLearner = learner };
}

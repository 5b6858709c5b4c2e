using System.Net;
using System.Net.Sockets;
using Tenet.Foundation.Files.Simulation;
using Tenet.Server.Peers;
using Tenet.Server.Tests.Support;
using Tenet.State.Members;

namespace Tenet.Server.Tests;

/// <summary>Members that found a cluster together, and members that join one (contract/consensus.md, 6.3 and 7.5).</summary>
public sealed class BootstrapTests
{
    private const string Own = "http://127.0.0.1:12380";
    private const string Second = "http://127.0.0.1:22380";
    private const string Third = "http://127.0.0.1:32380";

    private readonly FakePeers _peers = new();
    private SimFileSystem _disk = new();
    private Func<string, IPAddress[]> _resolve = static _ => throw new SocketException((int)SocketError.HostNotFound);

    [Fact]
    public void Founders_that_nobody_answers_found_a_cluster_whose_ids_follow_from_the_urls()
    {
        using TestMember member = Founding();
        Assert.Equal(MemberIdentity.MemberId([Own], "etcd-cluster"), member.Member.Status.MemberId);
        Assert.Equal(["members " + Second, "members " + Third], _peers.Asked);
        member.RunFor(TimeSpan.FromMilliseconds(50));
        Assert.Equal(3UL, member.Member.Status.AppliedIndex);
        Assert.Equal(["n1", "n2", "n3"], member.Member.Peers.Members.Members.Select(known => known.Name).Order());
    }

    [Fact]
    public void A_member_that_the_others_know_already_is_not_founded_again()
    {
        ulong id = MemberIdentity.MemberId([Own], "etcd-cluster");
        _peers.MembersAt[Third] = new PeerMembership(7, [new ClusterMember(id, [Own], false, "n1", ["http://127.0.0.1:12379"])]);
        Assert.Equal($"member {id:x} has already been bootstrapped", Refusal(() => Founding()));
        Assert.False(_disk.DirectoryExists("/data/member/wal"));
    }

    [Fact]
    public void A_member_that_the_others_have_never_seen_running_founds_with_them()
    {
        ulong id = MemberIdentity.MemberId([Own], "etcd-cluster");
        _peers.MembersAt[Second] = new PeerMembership(7, [new ClusterMember(id, [Own], false, "n1", [])]);
        using TestMember member = Founding();
        Assert.Equal(id, member.Member.Status.MemberId);
    }

    [Fact]
    public void Advertised_names_may_stand_for_the_addresses_of_the_initial_cluster()
    {
        _resolve = static host => host == "one.example" ? [IPAddress.Loopback] : throw new SocketException((int)SocketError.HostNotFound);
        using (TestMember member = Founding(options => options with { AdvertisePeerUrls = ["http://one.example:12380"] }))
            Assert.Equal(MemberIdentity.MemberId([Own], "etcd-cluster"), member.Member.Status.MemberId);
        Assert.StartsWith(
            $"--initial-cluster has n1={Own} but missing from --initial-advertise-peer-urls=http://two.example:12380 (failed to resolve \"http://two.example:12380\" (",
            Refusal(() => Founding(options => options with { AdvertisePeerUrls = ["http://two.example:12380"], DataDirectory = "/other" })),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_member_joins_under_the_id_that_the_cluster_gave_it()
    {
        Cluster(Existing());
        _peers.VersionsAt[Second] = new PeerVersions(new Version(3, 5, 30), new Version(3, 5, 0));
        _peers.DowngradeAt[Second] = false;
        using (TestMember member = Joining())
        {
            Assert.Equal(11UL, member.Member.Status.MemberId);
            Assert.Equal(77UL, member.Member.Peers.ClusterId);
            Assert.Equal([22UL, 33UL], _peers.Remotes.Select(remote => remote.Id));

            // It waits for its leader: an empty log, no election.
            member.RunFor(TimeSpan.FromSeconds(5));
            Assert.Equal(0UL, member.Member.Status.AppliedIndex);
            Assert.Equal(0UL, member.Member.Status.Term);
        }

        // After that it is a restart, whatever the flags say and whoever answers.
        _peers.MembersAt.Clear();
        using TestMember again = Joining();
        Assert.Equal(11UL, again.Member.Status.MemberId);
        Assert.Equal(77UL, again.Member.Peers.ClusterId);
    }

    /// <summary>Found by the simulator: a follower that was behind told a machine that came back of its removed predecessor.</summary>
    [Fact]
    public void An_answer_that_knows_of_a_former_member_at_this_address_only_or_of_none_is_passed_over()
    {
        _peers.VersionsAt[Third] = new PeerVersions(new Version(3, 5, 30), new Version(3, 5, 0));
        _peers.MembersAt[Third] = new PeerMembership(77, Existing());
        ClusterMember[] old = [new(10, [Own], false, "n1", ["http://c"]), .. Existing().Skip(1)];
        Cluster(old);
        using (TestMember member = Joining())
            Assert.Equal(11UL, member.Member.Status.MemberId);
        _disk = new SimFileSystem();
        Cluster([.. old.Skip(1)]);
        using (TestMember member = Joining())
            Assert.Equal(11UL, member.Member.Status.MemberId);

        // Nobody knows better: as etcd does, but it is said.
        _disk = new SimFileSystem();
        Cluster(old);
        _peers.MembersAt.Remove(Third);
        using (TestMember member = Joining())
        {
            Assert.Equal(10UL, member.Member.Status.MemberId);
            Assert.Contains(member.Log.Lines, static line => line.Message.Contains("its votes and what it stored are lost", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Names_of_the_cluster_and_addresses_of_the_flags_are_the_same_members()
    {
        _resolve = static host => [IPAddress.Loopback];
        Cluster([new(11, [Own], false, "", []), new(22, ["http://two.example:22380"], false, "n2", ["http://c"]), new(33, [Third], false, "n3", ["http://c"])]);
        _peers.VersionsAt["http://two.example:22380"] = new PeerVersions(new Version(3, 5, 30), new Version(3, 5, 0));
        using TestMember member = Joining();
        Assert.Equal(11UL, member.Member.Status.MemberId);
    }

    [Fact]
    public void Joining_is_refused_in_etcds_words()
    {
        Assert.Equal("cannot fetch cluster info from peer urls: could not retrieve cluster information from the given URLs", Refusal(() => Joining()));
        Assert.Equal(
            "couldn't find local name \"n9\" in the initial cluster configuration", Refusal(() => Joining(options => options with { Name = "n9" })));
        Assert.Equal(
            $"initial cluster n1={Own},n2={Own} has duplicate url",
            Refusal(() => Joining(options => options with { InitialCluster = [new("n1", [Own]), new("n2", [Own])] })));

        Cluster([]);
        Assert.Equal("cannot fetch cluster info from peer urls: failed to get raft cluster member(s) from the given URLs", Refusal(() => Joining()));

        Cluster([new(0x22, [Second], false, "n2", ["http://c:1"])]);
        Assert.Equal(
            $"error validating peerURLs {{ClusterID:4d Members:[&{{ID:22 RaftAttributes:{{PeerURLs:[{Second}] IsLearner:false}} "
            + "Attributes:{Name:n2 ClientURLs:[http://c:1]}}] RemovedMemberIDs:[]}: member count is unequal",
            Refusal(() => Joining()));

        Cluster([new(1, ["http://127.0.0.1:9"], false, "", []), new(2, [Second], false, "", []), new(3, [Third], false, "", [])]);
        Assert.EndsWith(
            "RemovedMemberIDs:[]}: PeerURLs: no match found for existing member (1, [http://127.0.0.1:9]), last resolver error "
            + $"(resolved urls: \"http://127.0.0.1:9\" != \"{LastUrl()}\")",
            Refusal(() => Joining()),
            StringComparison.Ordinal);

        Cluster(Existing());
        Assert.Equal("incompatible with current running cluster", Refusal(() => Joining()));
        Assert.False(_disk.DirectoryExists("/data/member/wal"));
    }

    [Theory]
    [InlineData("3.5", false, true)]
    [InlineData("3.7", false, true)]
    [InlineData("3.0", false, true)]
    [InlineData("3.8", false, false)]
    [InlineData("2.3", false, false)]
    [InlineData("3.8", true, true)]
    [InlineData("3.7", true, false)]
    public void A_member_joins_only_what_speaks_a_version_that_it_speaks(string cluster, bool downgrading, bool joins)
    {
        Cluster(Existing());
        _peers.VersionsAt[Third] = new PeerVersions(new Version(3, 8, 0), Version.Parse(cluster + ".0"));
        _peers.DowngradeAt[Third] = downgrading;
        if (joins)
            Joining().Dispose();
        else
            Assert.Equal("incompatible with current running cluster", Refusal(() => Joining()));
    }

    [Fact]
    public void One_other_version_is_one_too_many_and_an_undecided_one_does_not_count()
    {
        Cluster(Existing());
        _peers.VersionsAt[Second] = new PeerVersions(new Version(3, 5, 30), null);
        Assert.Equal("incompatible with current running cluster", Refusal(() => Joining()));
        _peers.VersionsAt[Second] = new PeerVersions(new Version(3, 5, 30), new Version(3, 5, 0));
        _peers.VersionsAt[Third] = new PeerVersions(new Version(3, 9, 0), new Version(3, 9, 0));
        Assert.Equal("incompatible with current running cluster", Refusal(() => Joining()));
    }

    [Fact]
    public void A_cluster_with_more_learners_than_allowed_is_not_joined()
    {
        Cluster([new(11, [Own], true, "", []), new(22, [Second], true, "n2", ["http://c"]), new(33, [Third], false, "n3", ["http://c"])]);
        _peers.VersionsAt[Second] = new PeerVersions(new Version(3, 7, 1), new Version(3, 5, 0));
        Assert.Equal("membership: too many learner members in cluster", Refusal(() => Joining()));
        Joining(options => options with { MaxLearners = 2 }).Dispose();
    }

    private static ClusterMember[] Existing() =>
        [new(11, [Own], false, "", []), new(22, [Second], false, "n2", ["http://c"]), new(33, [Third], false, "n3", ["http://c"])];

    private static string Refusal(Func<TestMember> start) => Assert.Throws<MemberStartException>(() => start().Dispose()).Message;

    /// <summary>Local members are tried in the order of their computed ids; the last one is named.</summary>
    private static string LastUrl() => new[] { Own, Second, Third }.MaxBy(url => MemberIdentity.MemberId([url], "etcd-cluster"))!;

    private void Cluster(IReadOnlyList<ClusterMember> members) => _peers.MembersAt[Second] = new PeerMembership(77, members);

    private TestMember Founding(Func<MemberOptions, MemberOptions>? configure = null) => new(
        _disk,
        options => Configured(options with { InitialCluster = [new("n1", [Own]), new("n2", [Second]), new("n3", [Third])] }, configure),
        replace: seams => seams with { Peers = _peers, ResolveHost = ResolveAsync });

    private TestMember Joining(Func<MemberOptions, MemberOptions>? configure = null) =>
        Founding(options => Configured(options with { InitialClusterState = InitialClusterState.Existing }, configure));

    private static MemberOptions Configured(MemberOptions options, Func<MemberOptions, MemberOptions>? configure) => configure?.Invoke(options) ?? options;

    private Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellation)
    {
        try
        {
            return Task.FromResult(_resolve(host));
        }
        catch (SocketException failure)
        {
            return Task.FromException<IPAddress[]>(failure);
        }
    }
}

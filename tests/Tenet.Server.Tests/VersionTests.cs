using Google.Protobuf;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Membershippb;
using Tenet.Server.Maintenance;
using Tenet.Server.Peers;
using Tenet.Server.Tests.Support;
using Tenet.State.Members;
using DowngradeInfo = Tenet.State.Members.DowngradeInfo;
using Entry = Tenet.Raft.Entry;
using EntryType = Tenet.Raft.EntryType;

namespace Tenet.Server.Tests;

/// <summary>Cluster version, storage version, downgrade (contract/consensus.md, part 7).</summary>
public sealed class VersionTests
{
    private const string LearnerUrl = "http://127.0.0.1:22380";

    private readonly FakePeers _peers = new();

    [Theory]
    [InlineData(null, "3.7.1", null, "3.5.0")]
    [InlineData(null, "3.5.30", null, "3.5.0")]
    [InlineData(null, "3.4.20", null, "3.4.0")]
    [InlineData(null, null, null, "3.0.0")]
    [InlineData("3.0.0", null, null, null)]
    [InlineData("3.0.0", "3.7.1", null, "3.5.0")]
    [InlineData("3.4.0", "3.5.16", null, "3.5.0")]
    [InlineData("3.5.0", "3.7.1", null, null)]
    [InlineData("3.5.0", "3.4.9", null, null)]
    [InlineData("3.6.0", "3.7.1", null, null)]
    [InlineData("3.7.0", "3.7.1", null, null)]
    [InlineData("3.7.0", "3.7.1", "3.6.0", "3.6.0")]
    [InlineData("3.6.0", "3.7.1", "3.6.0", null)]
    [InlineData("3.6.0", "3.7.1", "3.5.0", "3.5.0")]
    [InlineData("3.6.0", "3.6.9", "3.5.0", "3.5.0")]
    [InlineData("3.7.0", "3.7.1", "3.5.0", null)]
    [InlineData("3.5.0", "3.5.30", "3.4.0", null)]
    [InlineData("3.7.0", null, "3.6.0", null)]
    public void A_leader_decides_never_above_what_is_in_force_or_3_5_and_never_below_3_5(string? inForce, string? lowest, string? target, string? expected)
    {
        var cluster = new ClusterView([], [], inForce is null ? null : Version.Parse(inForce), target is null ? DowngradeInfo.None : new DowngradeInfo(true, target));
        Assert.Equal(expected, ClusterVersions.Decide(cluster, lowest is null ? null : Version.Parse(lowest))?.ToString(3));
        if (expected is not null)
            Assert.True(ClusterVersions.MayChange(cluster));
    }

    [Theory]
    [InlineData("3.6", "3.6.0")]
    [InlineData("3.6.4", "3.6.0")]
    [InlineData("3.6.0-rc.1", "3.6.0")]
    [InlineData("3.6.0+build", "3.6.0")]
    [InlineData("3.6-rc.1", null)]
    [InlineData("v3.6", null)]
    [InlineData("3", null)]
    [InlineData("3.6.0.0", null)]
    [InlineData("", null)]
    [InlineData("3.-1", null)]
    public void Versions_are_read_as_etcd_reads_them(string text, string? expected) => Assert.Equal(expected, ClusterVersions.Parse(text)?.ToString(3));

    [Fact]
    public void While_a_member_cannot_be_asked_the_version_stays_and_then_rises_to_3_5()
    {
        using TestMember member = TestMember.Started(replace: seams => seams with { Peers = _peers });
        member.Run(member.Member.Cluster.MemberAdd(new MemberAddRequest { PeerURLs = { LearnerUrl }, IsLearner = true }, member.Call));
        SetClusterVersion(member, "3.0.0");
        member.RunFor(TimeSpan.FromSeconds(10));
        Assert.Equal("3.0.0", member.Member.Status.ClusterVersion);

        _peers.VersionsAt[LearnerUrl] = new PeerVersions(new Version(3, 5, 30), null);
        member.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal("3.5.0", member.Member.Status.ClusterVersion);

        // Nothing can change any more, so nobody is asked.
        int asked = _peers.Asked.Count;
        member.RunFor(TimeSpan.FromSeconds(20));
        Assert.Equal(asked, _peers.Asked.Count);
    }

    [Fact]
    public void A_cluster_at_3_5_cannot_be_brought_lower()
    {
        using TestMember member = TestMember.Started();
        foreach (DowngradeRequest.Types.DowngradeAction action in new[] { DowngradeRequest.Types.DowngradeAction.Validate, DowngradeRequest.Types.DowngradeAction.Enable })
        {
            foreach (string target in new[] { "3.4", "3.4.0", "3.5", "3.6", "3.7" })
                Assert.Equal(EtcdErrors.InvalidDowngradeTargetVersion, Refused(member, action, target));
            Assert.Equal(EtcdErrors.WrongDowngradeVersionFormat, Refused(member, action, "three"));
        }

        Assert.Equal("3.5", member.Run(member.Member.Maintenance.Downgrade(Request(DowngradeRequest.Types.DowngradeAction.Cancel, ""), member.Call)).Version);
        Assert.Equal(EtcdErrors.UnknownMethod, Refused(member, (DowngradeRequest.Types.DowngradeAction)9, "3.4"));
        Assert.False(member.Member.Peers.Members.Downgrade.Enabled);
    }

    [Fact]
    public void A_newer_cluster_is_brought_down_step_by_step_and_its_storage_with_it()
    {
        using TestMember member = TestMember.Started();
        SetClusterVersion(member, "3.7.0");
        member.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal("3.7.0", member.Member.Status.StorageVersion);

        Assert.Equal("3.7", member.Run(member.Member.Maintenance.Downgrade(Request(DowngradeRequest.Types.DowngradeAction.Validate, "3.6"), member.Call)).Version);
        Assert.Equal(EtcdErrors.InvalidDowngradeTargetVersion, Refused(member, DowngradeRequest.Types.DowngradeAction.Enable, "3.5"));
        member.Run(member.Member.Maintenance.Downgrade(Request(DowngradeRequest.Types.DowngradeAction.Enable, "3.6.1"), member.Call));
        Assert.Equal(new DowngradeInfo(true, "3.6.0"), member.Member.Peers.Members.Downgrade);
        Assert.True(member.Run(member.Member.Peers.IsDowngradeEnabledAsync(default)));
        member.RunFor(TimeSpan.FromSeconds(10));
        Assert.Equal("3.6.0", member.Member.Status.ClusterVersion);
        Assert.Equal("3.6.0", member.Member.Status.StorageVersion);
        Assert.Equal(EtcdErrors.InvalidDowngradeTargetVersion, Refused(member, DowngradeRequest.Types.DowngradeAction.Validate, "3.6"));
        Assert.Equal(EtcdErrors.DowngradeInProcess, Refused(member, DowngradeRequest.Types.DowngradeAction.Validate, "3.5"));

        // Not complete while this member's server is 3.7; called off, it stays where it is.
        member.Run(member.Member.Maintenance.Downgrade(Request(DowngradeRequest.Types.DowngradeAction.Cancel, ""), member.Call));
        member.RunFor(TimeSpan.FromSeconds(10));
        Assert.Equal("3.6.0", member.Member.Status.ClusterVersion);
        Assert.False(member.Member.Peers.Members.Downgrade.Enabled);

        member.Run(member.Member.Maintenance.Downgrade(Request(DowngradeRequest.Types.DowngradeAction.Enable, "3.5"), member.Call));
        member.RunFor(TimeSpan.FromSeconds(10));
        Assert.Equal("3.5.0", member.Member.Status.ClusterVersion);
        Assert.Equal("3.5.0", member.Member.Status.StorageVersion);
        Assert.Empty(member.Member.Engine.Core.StorageVersion.Stored);
    }

    [Fact]
    public void What_entries_need_is_read_from_the_marks_of_the_protocol()
    {
        Assert.Null(EntryVersions.NeededFor([]));
        Assert.Equal(
            new Version(3, 7, 0),
            EntryVersions.NeededFor([Normal(new InternalRaftRequest { DowngradeVersionTest = new DowngradeVersionTestRequest { Ver = "3.7.0" } })]));
        Assert.Equal(new Version(3, 0, 0), EntryVersions.NeededFor([new Entry(1, 1, EntryType.ConfChange, new byte[] { 1 })]));
        Assert.Equal(new Version(3, 4, 0), EntryVersions.NeededFor([new Entry(1, 1, EntryType.ConfChangeV2, default)]));
        Assert.Equal(
            new Version(3, 4, 0), EntryVersions.NeededFor([Normal(new InternalRaftRequest { LeaseCheckpoint = new LeaseCheckpointRequest() })]));
        Assert.Equal(
            new Version(3, 3, 0),
            EntryVersions.NeededFor([Normal(new InternalRaftRequest { Alarm = new AlarmRequest { Alarm = AlarmType.Corrupt } })]));
        Assert.Equal(
            new Version(3, 5, 0),
            EntryVersions.NeededFor(
            [
                Normal(new InternalRaftRequest { Put = new PutRequest { Key = ByteString.CopyFromUtf8("a") } }),
                Normal(new InternalRaftRequest { ClusterVersionSet = new ClusterVersionSetRequest { Ver = "3.7.0" } }),
            ]));
    }

    [Fact]
    public void Entries_that_a_member_proposes_by_itself_are_understood_by_3_5()
    {
        using TestMember member = TestMember.Started(configure: options => options with { LeaseCheckpoints = true });
        member.Put("a", "1");
        member.Run(member.Member.Lease.LeaseGrant(new LeaseGrantRequest { TTL = 1000 }, member.Call));
        member.Run(member.Member.Cluster.MemberAdd(new MemberAddRequest { PeerURLs = { LearnerUrl }, IsLearner = true }, member.Call));
        member.RunFor(TimeSpan.FromMinutes(6));
        IReadOnlyList<Entry> entries = Wal.WriteAheadLog.EntriesAfterSnapshot(member.Disk, "/data/member/wal");
        Assert.True(entries.Count > 5);
        Assert.True(EntryVersions.NeededFor(entries) <= new Version(3, 5, 0));
        Assert.DoesNotContain(entries, entry => entry.Type == EntryType.ConfChangeV2);
    }

    private static Entry Normal(InternalRaftRequest request)
    {
        request.Header = new RequestHeader { ID = 1 };
        return new Entry(1, 1, EntryType.Normal, request.ToByteArray());
    }

    private static DowngradeRequest Request(DowngradeRequest.Types.DowngradeAction action, string version) => new() { Action = action, Version = version };

    private static EtcdError Refused(TestMember member, DowngradeRequest.Types.DowngradeAction action, string version) =>
        member.Refused(() => member.Member.Maintenance.Downgrade(Request(action, version), member.Call));

    private static void SetClusterVersion(TestMember member, string version) => member.Run(
        member.Member.Engine.Core.ReplicateAsync(
            "Test", new InternalRaftRequest { ClusterVersionSet = new ClusterVersionSetRequest { Ver = version } }, null).AsTask());
}

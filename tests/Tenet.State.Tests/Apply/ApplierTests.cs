using Google.Protobuf;
using Tenet.Foundation;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Membershippb;
using Tenet.State.Apply;
using Tenet.State.Backends;

namespace Tenet.State.Tests.Apply;

/// <summary>What entries do, whatever they carry and however often they come (contract/consensus.md, 3.4 and 5; contract/api.md, 2.6).</summary>
public sealed class ApplierTests : IDisposable
{
    private const AlarmRequest.Types.AlarmAction Activate = AlarmRequest.Types.AlarmAction.Activate;
    private const AlarmRequest.Types.AlarmAction Deactivate = AlarmRequest.Types.AlarmAction.Deactivate;
    private const AlarmRequest.Types.AlarmAction List = AlarmRequest.Types.AlarmAction.Get;

    private StateFixture _state = new();

    public void Dispose() => _state.Dispose();

    [Fact]
    public void Every_new_entry_moves_the_consistent_index_also_an_empty_and_a_refused_one()
    {
        _state.Put("k", "v");
        Assert.Equal(EtcdErrors.LeaseNotFound, _state.Put("k", "w", lease: 7).Error);
        _state.Applier.Apply(3, 5, null, false, _state.Now);
        Assert.Equal((3UL, 5UL), (_state.Backend.ConsistentIndex, _state.Backend.ConsistentTerm));
        _state.Backend.CommitNow();
        Assert.Equal("0000000000000003", _state.Stored(Bucket.Meta, "consistent_index"u8));
        Assert.Equal("0000000000000005", _state.Stored(Bucket.Meta, "term"u8));
    }

    [Fact]
    public void An_entry_whose_effects_are_stored_is_not_carried_out_again()
    {
        _state.Put("k", "1");
        _state.Put("k", "2");
        _state = _state.Reopen();
        long revision = _state.Store.CurrentRevision;
        var put = new InternalRaftRequest { Put = new PutRequest { Key = ByteString.CopyFromUtf8("k"), Value = ByteString.CopyFromUtf8("1") } };
        Assert.Equal(default, _state.Applier.Apply(1, 2, put, true, _state.Now));
        Assert.Equal(("2", revision), (_state.Get("k"), _state.Store.CurrentRevision));
        Assert.False(_state.Applier.IsNew(2));
        Assert.True(_state.Applier.IsNew(3));
    }

    [Fact]
    public void Membership_facts_of_stored_entries_are_taken_over_into_memory_only()
    {
        _state.Applier.ApplyChange(1, 1, Changes.Add(0xa, "http://a"));
        _state.Backend.SetConsistentIndex(9, 2);
        _state.Applier.Apply(2, 2, Attributes(0xa, "name"), false, _state.Now);
        _state.Applier.Apply(3, 2, Version("3.5.0"), false, _state.Now);
        Assert.Equal("name", _state.Members.Current.Find(0xa)!.Name);
        Assert.Equal(new Version(3, 5, 0), _state.Members.Current.ClusterVersion);
        Assert.Null(_state.Stored(Bucket.Cluster, "clusterVersion"u8));
        Assert.Equal(9UL, _state.Backend.ConsistentIndex);
    }

    [Fact]
    public void Entries_of_a_3_5_member_set_name_and_cluster_version()
    {
        _state.Applier.ApplyChange(1, 1, Changes.Add(0x2e1259d415f2a040, "http://127.0.0.1:23800"));
        byte[] attributes = new Request
        {
            ID = 5,
            Method = "PUT",
            Path = "/0/members/2e1259d415f2a040/attributes",
            Val = """{"name":"n1","clientURLs":["http://127.0.0.1:23790"]}""",
        }.ToByteArray();
        byte[] version = new Request { ID = 6, Method = "PUT", Path = "/0/version", Val = "3.5.0" }.ToByteArray();
        _state.Applier.Apply(2, 2, EntryDecoder.Decode(attributes, 2), false, _state.Now);
        ApplyOutcome outcome = _state.Applier.Apply(3, 2, EntryDecoder.Decode(version, 3), false, _state.Now);
        Assert.Equal(ApplyEffects.ClusterVersionSet, outcome.Effects);
        Assert.Equal(
            """{"id":3319814642761637952,"peerURLs":["http://127.0.0.1:23800"],"name":"n1","clientURLs":["http://127.0.0.1:23790"]}""",
            Text(_state.Stored(Bucket.Members, "2e1259d415f2a040"u8)));
        Assert.Equal("3.5.0", Text(_state.Stored(Bucket.Cluster, "clusterVersion"u8)));
    }

    [Fact]
    public void NoSpace_refuses_what_needs_space_and_nothing_else()
    {
        _state.Put("k", "v");
        _state.Grant(1, 10);
        Assert.Equal(ApplyEffects.AlarmsChanged, _state.Alarm(Activate, AlarmType.Nospace).Effects);
        Assert.Equal(EtcdErrors.NoSpace, _state.Put("k", "w").Error);
        Assert.Equal(EtcdErrors.NoSpace, _state.Grant(2, 10).Error);
        Assert.Equal(EtcdErrors.NoSpace, _state.Apply(Txn([], [Put("k", "w")])).Error);
        Assert.Equal(EtcdErrors.NoSpace, _state.Apply(Txn([Nested(Put("k", "w"))], [])).Error);
        Assert.Null(_state.Apply(Txn([Get("k")], [Get("k")])).Error);
        Assert.Null(_state.Revoke(1).Error);
        Assert.Null(_state.Delete("k").Error);
        Assert.Equal(ApplyEffects.CompactionStarted, _state.Compact(2).Effects);

        _state = _state.Reopen();
        Assert.Equal(EtcdErrors.NoSpace, _state.Put("k", "w").Error);
        _state.Alarm(Deactivate, AlarmType.Nospace, member: 2);
        Assert.Equal(EtcdErrors.NoSpace, _state.Put("k", "w").Error);
        _state.Alarm(Deactivate, AlarmType.Nospace);
        Assert.Null(_state.Put("k", "w").Error);
    }

    [Fact]
    public void A_corrupt_cluster_refuses_reads_and_writes_through_the_log()
    {
        _state.Put("k", "v");
        _state.Grant(1, 10);
        _state.Alarm(Activate, AlarmType.Nospace);
        _state.Alarm(Activate, AlarmType.Corrupt);
        Assert.Equal(EtcdErrors.Corrupt, _state.Put("k", "w").Error);
        Assert.Equal(EtcdErrors.Corrupt, _state.Delete("k").Error);
        Assert.Equal(EtcdErrors.Corrupt, _state.Apply(Txn([Get("k")], [])).Error);
        Assert.Equal(EtcdErrors.Corrupt, _state.Apply(new InternalRaftRequest { Range = new RangeRequest { Key = ByteString.CopyFromUtf8("k") } }).Error);
        Assert.Equal(EtcdErrors.Corrupt, _state.Compact(2).Error);
        Assert.Equal(EtcdErrors.Corrupt, _state.Grant(2, 10).Error);
        Assert.Equal(EtcdErrors.Corrupt, _state.Revoke(1).Error);
        Assert.Equal("v", _state.Get("k"));
        Assert.Null(_state.Alarm(Deactivate, AlarmType.Corrupt).Error);
        Assert.Equal(EtcdErrors.NoSpace, _state.Put("k", "w").Error);
    }

    [Fact]
    public void Alarms_are_listed_by_type_and_stored_as_etcd_stores_them()
    {
        const ulong Member = 3319814642761637952;
        _state.Alarm(Activate, AlarmType.Corrupt, Member);
        _state.Alarm(Activate, AlarmType.Nospace, Member);
        Assert.Equal(ApplyEffects.None, _state.Alarm(Activate, AlarmType.Nospace, Member).Effects);
        _state.Alarm(Activate, AlarmType.Nospace, 1);
        Assert.Equal("", _state.Stored(Bucket.Alarm, Convert.FromHexString("08c0c0caafc1ba96892e1001")));
        Assert.Equal("", _state.Stored(Bucket.Alarm, Convert.FromHexString("08c0c0caafc1ba96892e1002")));

        Assert.Equal([(1UL, AlarmType.Nospace), (Member, AlarmType.Nospace), (Member, AlarmType.Corrupt)], Alarms(_state.Alarm(List, AlarmType.None)));
        Assert.Equal([(Member, AlarmType.Corrupt)], Alarms(_state.Alarm(List, AlarmType.Corrupt, member: 5)));
        Assert.Equal([(Member, AlarmType.Nospace)], Alarms(_state.Alarm(Activate, AlarmType.Nospace, Member)));
        Assert.Empty(Alarms(_state.Alarm(Activate, AlarmType.None)));
        Assert.Empty(Alarms(_state.Alarm(Deactivate, AlarmType.None, Member)));
        Assert.Equal([(1UL, AlarmType.Nospace)], Alarms(_state.Alarm(Deactivate, AlarmType.Nospace, 1)));
        Assert.Empty(Alarms(_state.Alarm(Deactivate, AlarmType.Nospace, 1)));
        Assert.Equal(EtcdErrors.UnknownMethod, _state.Alarm((AlarmRequest.Types.AlarmAction)7, AlarmType.Nospace).Error);
    }

    [Fact]
    public void A_write_over_the_quota_is_carried_out_refused_and_raises_the_alarm()
    {
        _state.Dispose();
        _state = new StateFixture(quotaBytes: 1);
        ApplyOutcome put = _state.Put("k", "v");
        Assert.Equal((EtcdErrors.NoSpace, ApplyEffects.NoSpaceAlarmDue), (put.Error, put.Effects));
        Assert.Equal("v", _state.Get("k"));
        Assert.Equal(ApplyEffects.NoSpaceAlarmDue, _state.Grant(1, 10).Effects);
        Assert.Equal(ApplyEffects.NoSpaceAlarmDue, _state.Apply(Txn([Put("k", "w")], [])).Effects);
        Assert.Null(_state.Delete("k").Error);
        Assert.Null(_state.Apply(Txn([Get("k")], [])).Error);
        ApplyOutcome refused = _state.Put("k", "v", lease: 99);
        Assert.Equal((EtcdErrors.LeaseNotFound, ApplyEffects.None), (refused.Error, refused.Effects));
    }

    [Fact]
    public void The_quota_has_a_default_and_can_be_switched_off()
    {
        Assert.Equal(2L << 30, new Quota(_state.Backend, 0).Bytes);
        Assert.False(new Quota(_state.Backend, 1).Allows(1));
        Assert.True(new Quota(_state.Backend, 1).Allows(0));
        Assert.True(new Quota(_state.Backend, -1).Allows(long.MaxValue / 2));
        long size = _state.Backend.Size;
        Assert.False(new Quota(_state.Backend, size + 300).Allows(300));
        Assert.True(new Quota(_state.Backend, size + 300).Allows(299));
    }

    [Fact]
    public void A_transaction_that_fails_half_way_leaves_nothing()
    {
        _state.Put("k", "v");
        EventLog log = EventLog.On(_state.Store);
        long revision = _state.Store.CurrentRevision;
        Assert.Equal(EtcdErrors.LeaseNotFound, _state.Apply(Txn([Put("a", "1"), Delete("k"), Put("b", "2", lease: 99)], [])).Error);
        Assert.Equal(EtcdErrors.FutureRevision, _state.Apply(Txn([Put("a", "1"), Get("k", revision: 99)], [])).Error);
        Assert.Equal(EtcdErrors.LeaseNotFound, _state.Apply(Txn([Put("a", "1"), Nested(Put("c", "3", lease: 99))], [])).Error);
        Assert.Equal((revision, "v", (string?)null), (_state.Store.CurrentRevision, _state.Get("k"), _state.Get("a")));
        Assert.Empty(log.Lines);
        Assert.Equal(4UL, _state.Backend.ConsistentIndex);
    }

    [Fact]
    public void Reads_that_nobody_waits_for_are_left_out()
    {
        _state.Put("k", "v");
        var range = new InternalRaftRequest { Range = new RangeRequest { Key = ByteString.CopyFromUtf8("k") } };
        Assert.Equal(default, _state.Apply(range, hasWaiter: false));
        Assert.Equal(1, Assert.IsType<RangeResponse>(_state.Apply(range).Response).Count);
        Assert.Null(_state.Apply(Txn([Get("k"), Put("k", "w")], []), hasWaiter: false).Error);
        Assert.Equal("w", _state.Get("k"));

        // Whether the transaction is refused must not depend on who waits.
        Assert.Equal(EtcdErrors.FutureRevision, _state.Apply(Txn([Get("k", revision: 99), Put("k", "x")], []), hasWaiter: false).Error);
        Assert.Equal("w", _state.Get("k"));
    }

    [Fact]
    public void A_request_without_content_stops_the_member_and_the_version_test_does_not()
    {
        var empty = new InternalRaftRequest { Header = new RequestHeader { ID = 5 } };
        UnsupportedEntryException failure = Assert.Throws<UnsupportedEntryException>(() => _state.Applier.Apply(8, 2, empty, false, _state.Now));
        Assert.Equal("entry 8 cannot be applied: it carries no request that this version knows", failure.Message);
        Assert.Null(_state.Apply(new InternalRaftRequest { DowngradeVersionTest = new DowngradeVersionTestRequest { Ver = "3.6.0" } }).Error);
    }

    [Theory]
    [InlineData("3.8.0")]
    [InlineData("4.0.0")]
    [InlineData("3.5")]
    [InlineData("")]
    [InlineData("three")]
    public void A_cluster_version_that_this_member_cannot_speak_stops_it(string version) =>
        Assert.Throws<UnsupportedEntryException>(() => _state.Applier.Apply(1, 2, Version(version), false, _state.Now));

    [Fact]
    public void A_cluster_version_that_goes_down_asks_for_a_snapshot()
    {
        Assert.Equal(ApplyEffects.ClusterVersionSet, _state.Apply(Version("3.7.0")).Effects);
        Assert.Equal(ApplyEffects.ClusterVersionSet, _state.Apply(Version("3.7.0")).Effects);
        Assert.Equal(ApplyEffects.ClusterVersionSet | ApplyEffects.ClusterVersionLowered, _state.Apply(Version("3.6.0")).Effects);
    }

    [Fact]
    public void A_downgrade_is_stored_until_it_is_cancelled()
    {
        _state.Apply(new InternalRaftRequest { DowngradeInfoSet = new DowngradeInfoSetRequest { Enabled = true, Ver = "3.4.0" } });
        Assert.Equal("""{"target-version":"3.4.0","enabled":true}""", Text(_state.Stored(Bucket.Cluster, "downgrade"u8)));
        _state = _state.Reopen();
        Assert.Equal((true, "3.4.0"), (_state.Members.Current.Downgrade.Enabled, _state.Members.Current.Downgrade.TargetVersion));
        _state.Apply(new InternalRaftRequest { DowngradeInfoSet = new DowngradeInfoSetRequest { Ver = "3.4.0" } });
        Assert.Equal("""{"target-version":"","enabled":false}""", Text(_state.Stored(Bucket.Cluster, "downgrade"u8)));
    }

    [Fact]
    public void Attributes_of_a_removed_member_are_ignored_and_of_a_stranger_break_an_invariant()
    {
        _state.Applier.ApplyChange(1, 1, Changes.Add(0xa, "http://a"));
        _state.Applier.ApplyChange(2, 1, Changes.Remove(0xa));
        _state.Applier.Apply(3, 1, Attributes(0xa, "gone"), false, _state.Now);
        Assert.Null(_state.Stored(Bucket.Members, "a"u8));
        InvariantException failure = Assert.Throws<InvariantException>(() => _state.Applier.Apply(4, 1, Attributes(0xb, "?"), false, _state.Now));
        Assert.Contains("failed to update; member unknown", failure.Message, StringComparison.Ordinal);
    }

    private static InternalRaftRequest Version(string version) => new() { ClusterVersionSet = new ClusterVersionSetRequest { Ver = version } };

    private static InternalRaftRequest Attributes(ulong id, string name) => new()
    {
        ClusterMemberAttrSet = new ClusterMemberAttrSetRequest { MemberID = id, MemberAttributes = new Attributes { Name = name } },
    };

    private static InternalRaftRequest Txn(RequestOp[] success, RequestOp[] failure) => new() { Txn = new TxnRequest { Success = { success }, Failure = { failure } } };

    private static RequestOp Nested(RequestOp operation) => new() { RequestTxn = new TxnRequest { Success = { operation } } };

    private static RequestOp Put(string key, string value, long lease = 0) => new()
    {
        RequestPut = new PutRequest { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8(value), Lease = lease },
    };

    private static RequestOp Delete(string key) => new() { RequestDeleteRange = new DeleteRangeRequest { Key = ByteString.CopyFromUtf8(key) } };

    private static RequestOp Get(string key, long revision = 0) => new() { RequestRange = new RangeRequest { Key = ByteString.CopyFromUtf8(key), Revision = revision } };

    private static IEnumerable<(ulong Member, AlarmType Type)> Alarms(ApplyOutcome outcome) =>
        Assert.IsType<AlarmResponse>(outcome.Response).Alarms.Select(static alarm => (alarm.MemberID, alarm.Alarm));

    private static string Text(string? hex) => System.Text.Encoding.UTF8.GetString(Convert.FromHexString(hex!));
}

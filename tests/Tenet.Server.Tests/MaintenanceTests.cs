using System.Security.Cryptography;
using Google.Protobuf;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Server.Tests.Support;

namespace Tenet.Server.Tests;

public sealed class MaintenanceTests
{
    [Fact]
    public void Status_tells_where_the_member_is()
    {
        using TestMember member = TestMember.Started();
        member.Put("a", "1");
        StatusResponse status = member.Run(member.Member.Maintenance.Status(new StatusRequest(), member.Call));
        Assert.Equal("3.7.1", status.Version);
        Assert.Equal("3.5.0", status.StorageVersion);
        Assert.Equal(member.Member.Status.MemberId, status.Leader);
        Assert.Equal(status.RaftIndex, status.RaftAppliedIndex);
        Assert.Equal(2UL, status.RaftTerm);
        Assert.Equal(2147483648, status.DbSizeQuota);
        Assert.Empty(status.Errors);
        Assert.NotNull(status.DowngradeInfo);
        Assert.Equal("3.5.0", member.Member.Status.ClusterVersion);
    }

    [Fact]
    public void A_database_snapshot_ends_with_the_checksum_of_what_was_sent()
    {
        using TestMember member = TestMember.Started();
        for (int i = 0; i < 100; i++)
            member.Put($"k{i}", new string('x', 500));
        var chunks = new CollectingWriter<SnapshotResponse, SnapshotResponse>(static chunk => chunk);
        member.Run(member.Member.Maintenance.Snapshot(new SnapshotRequest(), chunks, member.Call));
        byte[] image = [.. chunks.Items.Take(chunks.Items.Count - 1).SelectMany(chunk => chunk.Blob)];
        Assert.Equal(SHA256.HashData(image), chunks.Items[^1].Blob.ToByteArray());
        Assert.All(chunks.Items, chunk => Assert.True(chunk.Blob.Length <= 32 * 1024));
        Assert.Equal(0UL, chunks.Items[^2].RemainingBytes);
        Assert.Equal((ulong)(image.Length - chunks.Items[0].Blob.Length), chunks.Items[0].RemainingBytes);
        Assert.Equal(0, image.Length % 4096);
    }

    [Fact]
    public void Defragmentation_keeps_the_content_and_the_member_serves_on()
    {
        using TestMember member = TestMember.Started();
        for (int i = 0; i < 200; i++)
            member.Put($"k{i}", new string('x', 2000));
        member.RunFor(TimeSpan.FromMilliseconds(300));
        member.Run(member.Member.Kv.DeleteRange(new DeleteRangeRequest { Key = ByteString.CopyFromUtf8("k"), RangeEnd = ByteString.CopyFromUtf8("l") }, member.Call));
        member.Run(member.Member.Kv.Compact(new CompactionRequest { Revision = 202, Physical = true }, member.Call));
        uint before = member.Run(member.Member.Maintenance.Hash(new HashRequest(), member.Call)).Hash;
        long size = member.Member.Engine.Core.Backend.Size;
        Assert.Null(member.Run(member.Member.Maintenance.Defragment(new DefragmentRequest(), member.Call)).Header);
        Assert.Equal(before, member.Run(member.Member.Maintenance.Hash(new HashRequest(), member.Call)).Hash);
        Assert.True(member.Member.Engine.Core.Backend.Size < size / 2);
        member.Put("after", "1");
        Assert.Equal("1", member.Get("after"));
        Assert.True(member.Log.Has("finished defragmenting directory"));
    }

    [Fact]
    public void Writes_go_on_during_a_defragmentation_and_are_in_the_new_file()
    {
        using TestMember member = TestMember.Started(replace: static seams => seams with { DefragmentStepRecords = 3 });
        for (int i = 0; i < 60; i++)
            member.Put($"k{i}", new string('x', 2000));
        Task<DefragmentResponse> defragmentation = member.Member.Maintenance.Defragment(new DefragmentRequest(), member.Call).AsTask();
        int written = 0;
        while (!defragmentation.IsCompleted)
        {
            member.Put("meanwhile", $"{++written}");
            Assert.True(written < 1_000, "it does not end");
        }

        member.Run(defragmentation);
        Assert.True(written > 5);
        Assert.Equal($"{written}", member.Get("meanwhile"));
        member.Dispose();
        using TestMember again = TestMember.Started(member.Disk);
        Assert.Equal($"{written}", again.Get("meanwhile"));
        Assert.Equal(61, again.Range(new RangeRequest { Key = ByteString.CopyFrom(0), RangeEnd = ByteString.CopyFrom(0), CountOnly = true }).Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_defragmentation_whose_caller_leaves_goes_on_and_one_whose_member_stops_leaves_nothing_behind(bool callerLeaves)
    {
        using TestMember member = TestMember.Started(replace: static seams => seams with { DefragmentStepRecords = 1 });
        for (int i = 0; i < 60; i++)
            member.Put($"k{i}", "x");
        using var hasty = new TestCall();
        Task<DefragmentResponse> defragmentation = member.Member.Maintenance.Defragment(new DefragmentRequest(), hasty).AsTask();
        while (!member.Disk.FileExists("/data/member/snap/db.tmp.1"))
            member.Round();
        member.Round();
        Assert.False(defragmentation.IsCompleted);
        if (callerLeaves)
        {
            hasty.Cancel();
            Assert.ThrowsAny<OperationCanceledException>(() => member.Run(defragmentation));
            member.RunFor(TimeSpan.FromSeconds(30));
            Assert.True(member.Log.Has("finished defragmenting directory"));
            member.Put("after", "1");
        }
        else
        {
            member.Dispose();
            Assert.Equal(EtcdErrors.Stopped, Assert.Throws<RefusalException>(() => defragmentation.GetAwaiter().GetResult()).Error);
        }

        Assert.Equal(["db"], member.Disk.List("/data/member/snap"));
    }

    [Fact]
    public void A_defragmentation_waits_for_a_database_on_its_way_to_a_follower()
    {
        using TestMember member = TestMember.Started();
        member.Put("k", "x");
        Task<DefragmentResponse> defragmentation;
        using (member.Member.Engine.Core.Backend.OpenImage(forFollower: true))
        {
            defragmentation = member.Member.Maintenance.Defragment(new DefragmentRequest(), member.Call).AsTask();
            member.RunFor(TimeSpan.FromSeconds(5));
            Assert.False(defragmentation.IsCompleted);
            Assert.False(member.Log.Has("defragmenting"));
        }

        member.Run(defragmentation);
    }

    [Fact]
    public void Beyond_the_quota_writes_are_refused_until_the_alarm_is_cleared_while_reads_and_deletes_go_on()
    {
        TestMember first = TestMember.Started();
        for (int i = 0; i < 100; i++)
            first.Put($"k{i}", new string('x', 2000));
        first.Dispose();

        using (TestMember full = TestMember.Started(first.Disk, options => options with { QuotaBackendBytes = 100_000 }))
        {
            Assert.Equal(EtcdErrors.NoSpace, full.Refused(() => full.Member.Kv.Put(TestMember.PutRequest("k", "v"), full.Call)));
            Assert.Equal(EtcdErrors.NoSpace, full.Refused(() => full.Member.Lease.LeaseGrant(new LeaseGrantRequest { TTL = 10 }, full.Call)));
            AlarmMember alarm = Assert.Single(full.Run(full.Member.Maintenance.Alarm(new AlarmRequest(), full.Call)).Alarms);
            Assert.Equal(AlarmType.Nospace, alarm.Alarm);
            Assert.Equal(full.Member.Status.MemberId, alarm.MemberID);
            Assert.Contains("NOSPACE", Assert.Single(full.Run(full.Member.Maintenance.Status(new StatusRequest(), full.Call)).Errors), StringComparison.Ordinal);
            Assert.Equal(new string('x', 2000), full.Get("k1"));
            Assert.Equal(1, full.Delete("k1").Deleted);
            Assert.Equal([AlarmType.Nospace], full.Member.Status.Alarms);
        }

        // The alarm is replicated state: it stays after a restart with more room, until somebody clears it.
        using TestMember roomy = TestMember.Started(first.Disk);
        Assert.Equal(EtcdErrors.NoSpace, roomy.Refused(() => roomy.Member.Kv.Put(TestMember.PutRequest("k", "v"), roomy.Call)));
        var disarm = new AlarmRequest
        {
            Action = AlarmRequest.Types.AlarmAction.Deactivate,
            MemberID = roomy.Member.Status.MemberId,
            Alarm = AlarmType.Nospace,
        };
        Assert.Single(roomy.Run(roomy.Member.Maintenance.Alarm(disarm, roomy.Call)).Alarms);
        roomy.Put("k", "v");
        Assert.Empty(roomy.Member.Status.Alarms);
    }

    [Fact]
    public void An_alarm_action_that_nobody_knows_is_refused_and_not_replicated()
    {
        using TestMember member = TestMember.Started();
        ulong committed = member.Member.Status.CommittedIndex;
        EtcdError error = member.Refused(() => member.Member.Maintenance.Alarm(new AlarmRequest { Action = (AlarmRequest.Types.AlarmAction)9 }, member.Call));
        Assert.Equal(StatusCode.InvalidArgument, error.Code);
        Assert.Equal(committed, member.Member.Status.CommittedIndex);
    }

    [Fact]
    public void The_hash_of_history_has_its_bounds()
    {
        using TestMember member = TestMember.Started();
        member.Put("a", "1");
        HashKVResponse hash = member.Run(member.Member.Maintenance.HashKv(new HashKVRequest(), member.Call));
        Assert.Equal((-1L, 2L, 2L), (hash.CompactRevision, hash.HashRevision, hash.Header.Revision));
        Assert.Equal(EtcdErrors.FutureRevision, member.Refused(() => member.Member.Maintenance.HashKv(new HashKVRequest { Revision = 9 }, member.Call)));
    }
}

using Tenet.Foundation;
using Tenet.Foundation.Files.Simulation;
using Tenet.Foundation.Randomness;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Server.Tests.Support;
using Tenet.State.Backends;
using Tenet.State.Members;

namespace Tenet.Server.Tests;

public sealed class StartTests
{
    [Fact]
    public void A_second_member_on_the_same_directory_is_refused()
    {
        using TestMember first = TestMember.Started();
        MemberStartException refused = Assert.Throws<MemberStartException>(() => new TestMember(first.Disk));
        Assert.Contains("locked by another process", refused.Message, StringComparison.Ordinal);
        Assert.Contains("/data/member/snap/db", refused.Message, StringComparison.Ordinal);

        // The first one is none the worse for it.
        first.Put("a", "1");
        Assert.Equal("1", first.Get("a"));
    }

    [Fact]
    public void A_database_that_is_missing_is_made_again_from_a_log_that_has_everything()
    {
        TestMember first = TestMember.Started();
        first.Put("a", "1");
        first.Dispose();
        first.Disk.DeleteFile("/data/member/snap/db");
        using TestMember second = TestMember.Started(first.Disk);
        Assert.Equal("1", second.Get("a"));
        Assert.Equal("n1", second.Member.Engine.Core.Members.Current.Members[0].Name);
    }

    [Fact]
    public void A_database_that_is_missing_while_the_log_has_been_cut_is_an_error()
    {
        TestMember first = TestMember.Started(configure: options => options with { SnapshotCount = 10 });
        for (int i = 0; i < 50; i++)
            first.Put($"k{i}", "v");
        first.RunFor(TimeSpan.FromSeconds(1));
        first.Dispose();
        first.Disk.DeleteFile("/data/member/snap/db");
        MemberStartException refused = Assert.Throws<MemberStartException>(() => new TestMember(first.Disk));
        Assert.Equal("database file (/data/member/snap/db) of the backend is missing", refused.Message);
        Assert.False(first.Disk.FileExists("/data/member/snap/db"));
    }

    [Theory]
    [InlineData(10_000)]
    [InlineData(5)]
    public void Members_that_the_database_never_changed_since_they_were_added_are_taken_from_the_log(ulong snapshotCount)
    {
        MemberOptions Configure(MemberOptions options) => options with { SnapshotCount = snapshotCount };
        TestMember first = TestMember.Started(configure: Configure);
        ulong learner = first.Run(first.Member.Cluster.MemberAdd(new MemberAddRequest { PeerURLs = { "http://127.0.0.1:2" }, IsLearner = true }, first.Call)).Member.ID;
        for (int i = 0; i < 20; i++)
            first.Put($"k{i}", "v");
        first.RunFor(TimeSpan.FromSeconds(1));
        ulong other = first.Run(first.Member.Cluster.MemberAdd(new MemberAddRequest { PeerURLs = { "http://127.0.0.1:4" } }, first.Call)).Member.ID;
        byte[] truth = V2StoreDocument.Write(first.Member.Engine.Core.Members.Current);
        first.Dispose();

        // As etcd 3.5.16 leaves it: a member as it was added, and one (a zombie) that was removed from elsewhere only.
        using (Backend backend = Backend.Open(first.Disk, "/data/member/snap/db", new BackendOptions()))
        {
            ClusterView stored = new MemberStore(backend).Current;
            foreach (ClusterMember member in stored.Members)
                Put(backend, member with { Name = "", ClientUrls = [], PeerUrls = ["http://old"], IsLearner = member.Id != learner });
            Put(backend, new ClusterMember(0x99, ["http://zombie"], false, "zombie", []));
            backend.CommitNow();
        }

        for (int start = 0; start < 2; start++)
        {
            using TestMember again = new(first.Disk, Configure);
            Assert.Equal(truth, V2StoreDocument.Write(again.Member.Engine.Core.Members.Current));
            Assert.Equal([learner], again.Member.Engine.Core.Members.Current.Learners);
            Assert.Contains(other, again.Member.Engine.Core.Members.Current.Voters);
            Assert.Equal(start == 0, again.Log.Has("the db's members were not those of the log, as etcd before 3.5.20 leaves them; corrected"));
            again.RunFor(TimeSpan.FromSeconds(1));
        }

        static void Put(Backend backend, ClusterMember member) =>
            backend.Put(Bucket.Members, System.Text.Encoding.UTF8.GetBytes(member.HexId), MemberJson.Write(member));
    }

    /// <summary>Found by the simulator: a leader that knew less to be committed than its database held could send nobody a snapshot, and commit nothing without.</summary>
    [Fact]
    public void What_the_database_holds_is_known_to_be_committed_from_the_start()
    {
        TestMember first = TestMember.Started();
        for (int i = 0; i < 5; i++)
            first.Put($"k{i}", "v");
        ulong applied = first.Member.Status.AppliedIndex;
        first.RunFor(TimeSpan.FromSeconds(1));
        SimFileSystem crashed = first.Disk.Crash(new SeededRandom(3));
        using TestMember second = new(crashed);
        Assert.Equal(applied, second.Member.Engine.Core.State.CommittedIndex);
    }

    [Fact]
    public void A_flipped_bit_in_the_log_is_refused_with_file_and_place()
    {
        TestMember first = TestMember.Started();
        for (int i = 0; i < 30; i++)
            first.Put($"k{i}", "value");
        first.Dispose();
        const string Segment = "/data/member/wal/0000000000000000-0000000000000000.wal";
        first.Disk.FlipBit(Segment, 1000, 3);
        CorruptionException refused = Assert.Throws<CorruptionException>(() => new TestMember(first.Disk));
        Assert.Contains(Segment, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_torn_last_record_is_cut_off_and_what_was_acknowledged_is_there()
    {
        var disk = new SimFileSystem();
        TestMember first = TestMember.Started(disk);
        for (int i = 0; i < 10; i++)
            first.Put($"k{i}", "value");

        // The last write reaches the disk in part: power fails in the middle of its sync.
        var torn = new TornSync(disk);
        disk.Faults = torn;
        Assert.ThrowsAny<Exception>(() => first.Put("last", new string('x', 4000)));
        using TestMember second = TestMember.Started(torn.Crashed);
        for (int i = 0; i < 10; i++)
            Assert.Equal("value", second.Get($"k{i}"));
    }

    [Fact]
    public void A_directory_of_a_later_version_is_refused()
    {
        TestMember first = TestMember.Started();
        first.Dispose();
        using (Backend backend = Backend.Open(first.Disk, "/data/member/snap/db", new BackendOptions()))
        {
            backend.Put(Bucket.Meta, "storageVersion"u8, "3.8.0"u8);
            backend.CommitNow();
        }

        Assert.Equal("version \"3.8.0\" is not supported", Assert.Throws<MemberStartException>(() => new TestMember(first.Disk)).Message);
    }

    [Fact]
    public void Options_that_contradict_each_other_are_refused_in_etcds_words()
    {
        string Refusal(Func<MemberOptions, MemberOptions> configure) =>
            Assert.Throws<MemberStartException>(() => new TestMember(configure: configure)).Message;
        Assert.Equal("couldn't find local name \"n9\" in the initial cluster configuration", Refusal(options => options with { Name = "n9" }));
        Assert.Equal("initial cluster unset and no discovery endpoints found", Refusal(options => options with { InitialCluster = [] }));
        Assert.Equal(
            "--initial-cluster has n1=http://127.0.0.1:12380 but missing from --initial-advertise-peer-urls=http://127.0.0.1:1 "
                + "(resolved urls: \"http://127.0.0.1:1\" != \"http://127.0.0.1:12380\")",
            Refusal(options => options with { AdvertisePeerUrls = ["http://127.0.0.1:1"] }));
        Assert.Equal(
            "initial cluster n1=http://127.0.0.1:12380,n2=http://127.0.0.1:12380 has duplicate url",
            Refusal(options => options with { InitialCluster = [.. options.InitialCluster, new InitialMember("n2", ["http://127.0.0.1:12380"])] }));
        Assert.StartsWith(
            "cannot fetch cluster info from peer urls",
            Refusal(options => options with { InitialClusterState = InitialClusterState.Existing }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_refused_start_can_be_repeated_with_better_options()
    {
        var disk = new SimFileSystem();
        Assert.Throws<MemberStartException>(() => new TestMember(disk, options => options with { Name = "n9" }));
        using TestMember member = TestMember.Started(disk);
        member.Put("a", "1");
        Assert.Equal("1", member.Get("a"));
    }

    [Fact]
    public void Force_new_cluster_starts_from_the_same_data_under_the_same_identity()
    {
        TestMember first = TestMember.Started();
        first.Put("a", "1");
        first.Dispose();
        using TestMember second = TestMember.Started(first.Disk, options => options with { ForceNewCluster = true });
        Assert.Equal("1", second.Get("a"));
        Assert.Equal(first.Member.Status.ClusterId, second.Member.Status.ClusterId);
        Assert.Single(second.Member.Engine.Core.Members.Current.Members);
    }

    [Fact]
    public void Snapshots_cut_the_log_and_old_files_go()
    {
        using TestMember member = TestMember.Started(configure: options => options with
        {
            SnapshotCount = 20,
            SnapshotCatchUpEntries = 10,
            MaxSnapshotFiles = 2,
            MaxWalFiles = 2,
        });
        for (int i = 0; i < 200; i++)
            member.Put($"k{i}", "v");
        member.RunFor(TimeSpan.FromSeconds(40));
        string[] snapshots = [.. member.Disk.List("/data/member/snap").Where(name => name.EndsWith(".snap", StringComparison.Ordinal))];
        Assert.Equal(2, snapshots.Length);
        Assert.True(member.Log.Has("saved snapshot to disk"));
        member.Put("last", "1");
        Assert.Equal("1", member.Get("last"));
    }

    [Fact]
    public void Old_segments_leave_the_disk_in_steps_after_their_names_are_gone_for_good()
    {
        using TestMember member = TestMember.Started(
            configure: options => options with { SnapshotCount = 5, SnapshotCatchUpEntries = 1, MaxWalFiles = 2 },
            replace: seams => seams with { WalSegmentBytes = 9_000_000 });
        RecordedOperations disk = new();
        member.Disk.Faults = disk;
        for (int i = 0; i < 60; i++)
            member.Put($"k{i}", new string('x', 1_000_000));
        member.RunFor(TimeSpan.FromSeconds(40));
        DiskEvent[] removals = [.. disk.Seen.Where(seen => seen.Operation == DiskOperation.DeleteFile && seen.Path.EndsWith(".wal", StringComparison.Ordinal))];
        Assert.True(removals.Length >= 2);
        foreach (DiskEvent removal in removals)
        {
            long durableAt = disk.Seen.First(seen => seen.Number > removal.Number && seen is { Operation: DiskOperation.SyncDirectory, Path: "/data/member/wal" }).Number;
            long[] lengths = [.. disk.Seen.Where(seen => seen.Number > durableAt && seen.Operation == DiskOperation.SetLength && seen.Path == removal.Path).Select(seen => seen.Length)];
            Assert.Equal([lengths[0], lengths[0] - (4 << 20), 0], lengths);
            Assert.InRange(lengths[0], (4 << 20) + 1, 9_100_000 - (4 << 20));
            Assert.DoesNotContain(disk.Seen, seen => seen.Number > removal.Number && seen.Number < durableAt && seen.Path == removal.Path && seen.Operation == DiskOperation.SetLength);
        }
    }

    [Fact]
    public void A_sync_that_fails_stops_the_member_and_acknowledges_nothing()
    {
        TestMember member = TestMember.Started();
        member.Disk.Faults = new FailedSync("/data/member/wal");
        Task put = member.Member.Kv.Put(TestMember.PutRequest("a", "1"), member.Call).AsTask();
        Assert.ThrowsAny<IOException>(() => member.Run(put));
        Assert.False(put.IsCompletedSuccessfully);
    }

    [Fact]
    public void A_full_disk_stops_the_member_before_it_acknowledges_and_what_was_acknowledged_stays()
    {
        TestMember member = TestMember.Started(configure: options => options with { BackendBatchInterval = TimeSpan.FromMilliseconds(20) });
        member.Disk.CapacityBytes = 64_000_000 * 2 + 1_000_000;
        int acknowledged = 0;
        Assert.ThrowsAny<IOException>(() =>
        {
            for (; acknowledged < 2000; acknowledged++)
            {
                member.Put($"k{acknowledged}", new string('x', 10_000));
                member.RunFor(TimeSpan.FromMilliseconds(20));
            }
        });
        SimFileSystem found = member.Disk.Crash(new SeededRandom(3));
        found.CapacityBytes = long.MaxValue;
        using TestMember again = TestMember.Started(found);
        for (int i = 0; i < acknowledged; i++)
            Assert.NotNull(again.Get($"k{i}"));
    }

    private sealed class FailedSync(string below) : IDiskFaults
    {
        public void Before(in DiskEvent operation)
        {
            if (operation.IsSync && operation.Path.StartsWith(below, StringComparison.Ordinal))
                throw new IOException($"fdatasync {operation.Path}: input/output error");
        }
    }

    private sealed class TornSync(SimFileSystem disk) : IDiskFaults
    {
        public SimFileSystem? Crashed { get; private set; }

        public void Before(in DiskEvent operation)
        {
            if (!operation.IsSync)
                return;
            Crashed ??= disk.Crash(new SeededRandom(5));
            throw new IOException("power failure");
        }
    }
}

using System.Security.Cryptography;
using Tenet.Bolt;
using Tenet.Foundation.Files;
using Tenet.Foundation.Files.Simulation;
using Tenet.Foundation.Logging;
using Tenet.Foundation.Randomness;
using Tenet.Raft;
using Tenet.State.Members;
using Tenet.Utl.Doctor;
using Tenet.Utl.Output;
using Tenet.Utl.Snapshots;
using Tenet.Utl.Tests.Support;
using Tenet.Wal;

namespace Tenet.Utl.Tests.Snapshots;

/// <summary>A restore makes the directory of a new cluster's member, or leaves none.</summary>
public sealed class SnapshotRestoreTests
{
    private const string Target = "/restored";
    private const string File = "/snapshot.db";

    private static readonly RestoreOptions Options = new() { Snapshot = File, DataDirectory = Target, SegmentBytes = 4096 };

    [Fact]
    public async Task The_restored_directory_is_that_of_a_member_which_has_founded_the_cluster()
    {
        SimFileSystem files = WithSnapshot();
        await RestoreAsync(files, Options with
        {
            Name = "b",
            InitialCluster = "b=http://localhost:2380,a=http://localhost:12380",
        });
        DataDirectory directory = DataDirectory.Of(Target);
        DoctorReport report = files.Examine(directory);
        Assert.Empty(report.Findings);
        Assert.Equal(2UL, report.Log!.LastIndex);
        Assert.Equal((2UL, 1UL), (report.Database!.ConsistentIndex, report.Database.Term));
        Assert.Equal(["a", "b"], report.Database.Cluster.Members.Select(static member => member.Name).Order());
        Assert.Equal(MemberIdentity.MemberId(["http://localhost:2380"], "etcd-cluster"), report.Log.Identity!.NodeID);
        Assert.Equal(27, report.Database.Keys);

        WalRecovery recovery = WriteAheadLog.Open(files, directory.Wal, WalSnapshot.Beginning, new WalOptions());
        using (recovery.Log)
        {
            Assert.Equal(new HardState(1, report.Database.Cluster.Members[0].Id, 2), recovery.HardState);
            Assert.All(recovery.Entries, static entry => Assert.Equal((1UL, EntryType.ConfChange), (entry.Term, entry.Type)));
        }
    }

    [Fact]
    public async Task A_raised_revision_hides_the_history_before_it()
    {
        SimFileSystem files = WithSnapshot();
        await RestoreAsync(files, Options with { RevisionBump = 1000 });
        DoctorReport report = files.Examine(DataDirectory.Of(Target));
        Assert.Equal((1103, 1103), (report.Database!.Revision, report.Database.CompactRevision));
        Assert.Equal("the compaction at revision 1103 was not finished", report.Only().Found);
    }

    [Fact]
    public async Task The_log_may_go_elsewhere()
    {
        SimFileSystem files = WithSnapshot();
        await RestoreAsync(files, Options with { WalDirectory = "/logs/wal" });
        Assert.Empty(files.Examine(DataDirectory.Of(Target, "/logs/wal")).Findings);
        Assert.Equal(["snap"], files.List($"{Target}/member"));
    }

    [Fact]
    public async Task A_file_without_checksum_is_taken_only_if_that_is_said()
    {
        SimFileSystem files = WithSnapshot();
        files.WriteAll(File, files.ReadAll(File).AsSpan()[..^32]);
        Assert.Equal("snapshot missing hash but --skip-hash-check=false", await RefusedAsync(files, Options));
        await RestoreAsync(files, Options with { SkipHashCheck = true });
        Assert.Empty(files.Examine(DataDirectory.Of(Target)).Findings);
    }

    [Fact]
    public async Task A_wrong_checksum_is_refused_with_both()
    {
        SimFileSystem files = WithSnapshot();
        byte[] good = SHA256.HashData(files.ReadAll(File).AsSpan()[..^32]);
        byte[] bytes = files.ReadAll(File);
        bytes[^1] ^= 1;
        files.WriteAll(File, bytes);
        Assert.Equal($"expected sha256 [{string.Join(' ', bytes[^32..])}], got [{string.Join(' ', good)}]", await RefusedAsync(files, Options));
        Assert.False(files.DirectoryExists($"{Target}/member"));
        await RestoreAsync(files, Options with { SkipHashCheck = true });
    }

    [Fact]
    public async Task What_is_there_is_never_overwritten()
    {
        SimFileSystem files = WithSnapshot();
        await RestoreAsync(files, Options);
        Assert.Equal("data-dir \"/restored\" not empty or could not be read", await RefusedAsync(files, Options));
        files.CreateDirectory("/w");
        Assert.Equal("wal-dir \"/w\" exists", await RefusedAsync(files, Options with { DataDirectory = "/other", WalDirectory = "/w" }));
    }

    [Theory]
    [InlineData("zz", "default=http://localhost:2380", "http://localhost:2380", "couldn't find local name \"zz\" in the initial cluster configuration")]
    [InlineData("default", "default=localhost:2380", "http://localhost:2380", "URL scheme must be http, https, unix, or unixs: localhost:2380")]
    [InlineData("default", "default=http://localhost:2380,a=http://localhost:2380", "http://localhost:2380", "initial cluster a=http://localhost:2380,default=http://localhost:2380 has duplicate url")]
    [InlineData(
        "default",
        "default=http://localhost:2380",
        "http://localhost:9",
        "--initial-cluster has default=http://localhost:2380 but missing from --initial-advertise-peer-urls=http://localhost:9 (resolved urls: \"http://localhost:9\" != \"http://localhost:2380\")")]
    public async Task A_cluster_that_contradicts_itself_is_refused(string name, string cluster, string peerUrls, string message)
    {
        SimFileSystem files = WithSnapshot();
        Assert.Equal(message, await RefusedAsync(files, Options with { Name = name, InitialCluster = cluster, AdvertisePeerUrls = peerUrls }));
        Assert.False(files.DirectoryExists(Target));
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_named()
    {
        var files = new SimFileSystem();
        Assert.Equal("open /snapshot.db: no such file or directory", await RefusedAsync(files, Options));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/logs/wal")]
    public async Task Power_lost_at_any_moment_leaves_a_whole_member_or_none(string walDirectory)
    {
        SimFileSystem files = WithSnapshot();
        files.MakeDurable();
        var crashes = new CrashBeforeEach(files);
        files.Faults = crashes;
        await RestoreAsync(files, Options with { WalDirectory = walDirectory });
        files.Faults = null;
        Assert.True(crashes.Disks.Count > 15, $"{crashes.Disks.Count} operations");
        int whole = 0;
        foreach (SimFileSystem disk in crashes.Disks)
        {
            DataDirectory directory = DataDirectory.Of(Target, walDirectory);
            if (disk.DirectoryExists(directory.Member))
            {
                Assert.Empty(disk.Examine(directory).Findings);
                whole++;
                continue;
            }

            // A log under its name is whole as well; without the rest nobody starts on it.
            if (walDirectory.Length > 0 && disk.DirectoryExists(walDirectory))
            {
                Assert.Equal(1UL, WriteAheadLog.ValidSnapshots(disk, walDirectory)[^1].Index);
                continue;
            }

            await RestoreAsync(disk, Options with { WalDirectory = walDirectory });
            Assert.Empty(disk.Examine(directory).Findings);
        }

        Assert.InRange(whole, 0, crashes.Disks.Count - 1);
    }

    [Fact]
    public async Task A_disk_that_refuses_leaves_no_member()
    {
        SimFileSystem source = WithSnapshot();
        source.MakeDurable();
        for (int operation = 1; ; operation++)
        {
            SimFileSystem files = source.Clone();
            var failing = new FailAt(operation);
            files.Faults = failing;
            try
            {
                await RestoreAsync(files, Options);
                Assert.False(failing.HasFailed, "a failure was passed over");
                return;
            }
            catch (IOException)
            {
                files.Faults = null;

                // The last step is the name's durability: by then everything is there.
                if (files.DirectoryExists($"{Target}/member"))
                    Assert.Empty(files.Examine(DataDirectory.Of(Target)).Findings);
                else
                    Assert.Empty(files.DirectoryExists(Target) ? files.List(Target) : []);
            }
        }
    }

    private static SimFileSystem WithSnapshot()
    {
        SimFileSystem files = SampleMember.Stopped();
        using (BoltDatabase database = BoltDatabase.Open(files, SampleMember.Directory.Database, new BoltOptions { ReadOnly = true }))
        using (BoltReadTransaction view = database.BeginRead())
        {
            byte[] image = new byte[view.ImageLength];
            view.ReadImage(0, image);
            files.WriteAll(File, [.. image, .. SHA256.HashData(image)]);
        }

        return files;
    }

    private static Task RestoreAsync(IFileSystem files, RestoreOptions options) => new SnapshotRestore(files, NoLog.Instance, NoProgress.Instance).RunAsync(options);

    private static async Task<string> RefusedAsync(IFileSystem files, RestoreOptions options) =>
        (await Assert.ThrowsAsync<UtlException>(() => RestoreAsync(files, options))).Message;

    private sealed class CrashBeforeEach(SimFileSystem files) : IDiskFaults
    {
        private readonly SeededRandom _random = new(11);

        public List<SimFileSystem> Disks { get; } = [];

        public void Before(in DiskEvent operation) => Disks.Add(files.Crash(_random));
    }

    private sealed class FailAt(long operation) : IDiskFaults
    {
        private long _seen;

        public bool HasFailed { get; private set; }

        public void Before(in DiskEvent step)
        {
            if (++_seen != operation)
                return;
            HasFailed = true;
            throw new IOException("the disk refuses");
        }
    }
}

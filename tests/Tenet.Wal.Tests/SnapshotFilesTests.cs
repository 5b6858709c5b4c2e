using System.Text;
using Tenet.Foundation;
using Tenet.Foundation.Files;
using Tenet.Foundation.Files.Simulation;
using Tenet.Foundation.Randomness;
using Tenet.Raft;
using static Tenet.Wal.Tests.TestLog;

namespace Tenet.Wal.Tests;

public class SnapshotFilesTests
{
    private const string SnapPath = "/data/member/snap";

    private readonly SimFileSystem _disk = NewDisk();
    private readonly SnapshotFiles _files;

    public SnapshotFilesTests()
    {
        _disk.CreateDirectory(SnapPath);
        _disk.MakeDurable();
        _files = new SnapshotFiles(_disk, SnapPath);
    }

    [Fact]
    public void A_snapshot_is_written_as_etcd_writes_it()
    {
        _files.Save(new Raft.Snapshot(11, 2, new ConfState([0x2e1259d415f2a040]), "{}"u8.ToArray()));
        byte[] file = _disk.ReadFile($"{SnapPath}/0000000000000002-000000000000000b.snap");

        // Checksum, then the Raft snapshot: payload first, metadata last.
        Assert.Equal("0a027b7d12120a0c08c0c0caafc1ba96892e2800100b1802", Hex(file.AsSpan(file.Length - 24)));
        Assert.Equal(0x12, file[file.Length - 26]);
        Assert.Equal(24, file[file.Length - 25]);
        Assert.Equal(0x08, file[0]);
    }

    [Fact]
    public void The_newest_snapshot_that_fits_is_found()
    {
        Save(5, 1);
        Save(7, 1);
        Save(6, 2);
        Assert.Equal((6ul, 2ul), Found(_files.Load()));
        Assert.Equal((7ul, 1ul), Found(_files.Load(snapshot => snapshot.Term == 1)));
        Assert.Equal((5ul, 1ul), Found(_files.Load([TestLog.Snapshot(5), TestLog.Snapshot(6, term: 1)])));
        Assert.Null(_files.Load(_ => false));
        Assert.Equal("data of 5", Encoding.ASCII.GetString(_files.Load(snapshot => snapshot.Index == 5)!.Data.Span));
        Assert.Equal(new ConfState([1, 2, 3]), _files.Load()!.ConfState);
    }

    [Fact]
    public void A_snapshot_of_index_0_is_not_written()
    {
        _files.Save(Raft.Snapshot.Empty);
        Assert.Empty(_disk.List(SnapPath));
    }

    [Fact]
    public void Every_damaged_snapshot_is_put_aside_and_the_one_before_it_found()
    {
        Save(5, 1);
        Save(7, 1);
        string path = $"{SnapPath}/0000000000000001-0000000000000007.snap";
        byte[] intact = _disk.ReadFile(path);
        for (int at = 0; at < intact.Length; at++)
        {
            SimFileSystem disk = _disk.Clone();
            byte[] damaged = [.. intact];
            damaged[at] ^= 0x10;
            disk.WriteFile(path, at % 2 == 0 ? damaged : intact.AsSpan(0, at));
            Assert.Equal((5ul, 1ul), Found(new SnapshotFiles(disk, SnapPath).Load()));
            Assert.Equal(["0000000000000001-0000000000000005.snap", "0000000000000001-0000000000000007.snap.broken"], disk.List(SnapPath));
        }
    }

    [Theory]
    [InlineData("", "snap: empty snapshot")]
    [InlineData("0800 1202 0a00", "snap: empty snapshot")]
    [InlineData("0805", "snap: empty snapshot")]
    [InlineData("0805 1202 0a00", "snap: crc mismatch")]
    [InlineData("0805 1202 0a", "proto: ")]
    public void What_is_wrong_with_a_snapshot_is_said_in_etcds_words(string hex, string expected)
    {
        _disk.WriteFile(SnapPath + "/x.snap", Bytes(hex));
        CorruptionException damage = Assert.Throws<CorruptionException>(() => SnapshotFiles.Read(_disk, SnapPath + "/x.snap"));
        Assert.Contains(expected, damage.Message, StringComparison.Ordinal);
        Assert.Equal(SnapPath + "/x.snap", damage.File);
    }

    [Fact]
    public void A_disk_that_cannot_be_read_costs_no_snapshot_its_name()
    {
        Save(5, 1);
        Save(7, 1);
        string path = $"{SnapPath}/0000000000000001-0000000000000007.snap";
        _disk.DeleteFile(path);
        _disk.CreateDirectory(path);
        Assert.Throws<UnauthorizedAccessException>(() => _files.Load());
        Assert.Equal(["0000000000000001-0000000000000005.snap", "0000000000000001-0000000000000007.snap"], _disk.List(SnapPath));
    }

    [Fact]
    public void A_snapshot_survives_every_crash_once_saved_and_half_of_one_is_never_taken_for_one()
    {
        var random = new SeededRandom(1);
        Save(5, 1);
        _disk.Faults = new EveryOperation(() =>
        {
            for (int i = 0; i < 30; i++)
                Assert.Contains(Found(new SnapshotFiles(_disk.Crash(random), SnapPath).Load()), new[] { (5ul, 1ul), (7ul, 1ul) });
        });
        _files.Save(new Raft.Snapshot(7, 1, new ConfState([1]), new byte[5000]));
        _disk.Faults = null;
        for (int i = 0; i < 100; i++)
            Assert.Equal((7ul, 1ul), Found(new SnapshotFiles(_disk.Crash(random), SnapPath).Load()));
    }

    [Fact]
    public void A_snapshot_that_does_not_fit_leaves_nothing_behind()
    {
        _disk.CapacityBytes = 1000;
        Assert.Throws<IOException>(() => _files.Save(new Raft.Snapshot(7, 1, new ConfState([1]), new byte[5000])));
        Assert.Empty(_disk.List(SnapPath));
    }

    [Fact]
    public void Images_of_older_snapshots_and_leftovers_are_removed()
    {
        foreach (string name in new[] { "db", "tmp123", "db.tmp.7", "zz.snap.db" })
            _disk.WriteFile($"{SnapPath}/{name}", "x"u8);
        foreach (ulong index in new[] { 9ul, 10ul, 11ul })
            _disk.WriteFile(_files.DatabasePath(index), "x"u8);
        Assert.Equal($"{SnapPath}/000000000000000a.snap.db", _files.DatabasePath(10));

        Assert.Equal([_files.DatabasePath(9)], _files.RemoveDatabasesBefore(10));
        _files.RemoveLeftovers();
        Assert.Equal(["000000000000000a.snap.db", "000000000000000b.snap.db", "db", "zz.snap.db"], _disk.List(SnapPath));
    }

    [Fact]
    public void Purging_keeps_the_newest_and_stops_at_a_file_in_use()
    {
        for (int i = 0; i < 8; i++)
            _disk.WriteFile($"{SnapPath}/{i}.snap", "x"u8);
        _disk.WriteFile(SnapPath + "/0.snap.broken", "x"u8);
        _disk.WriteFile(SnapPath + "/0.snap.db", "x"u8);
        Assert.Empty(FilePurger.Purge(_disk, SnapPath, "snap", 0, needsLock: false).Removed);
        Assert.Equal(3, FilePurger.Purge(_disk, SnapPath, "snap", 5, needsLock: false).Removed.Count);
        Assert.Equal(["0.snap.broken", "0.snap.db", "3.snap", "4.snap", "5.snap", "6.snap", "7.snap"], _disk.List(SnapPath));

        using WriteAheadLog log = Create(_disk, 4096);
        for (ulong index = 1; index <= 250; index++)
            log.Save(new HardState(1, 1, index), [TestLog.Entry(index, bytes: 100)]);
        string[] names = [.. _disk.List(WalPath)];
        Assert.Equal($"{WalPath}/{names[0]}", FilePurger.Purge(_disk, WalPath, "wal", 2, needsLock: true).StoppedAt);
        log.ReleaseLocksTo(100);
        PurgeResult purged = FilePurger.Purge(_disk, WalPath, "wal", 2, needsLock: true);
        Assert.NotEmpty(purged.Removed);
        Assert.Equal($"{WalPath}/{names[purged.Removed.Count]}", purged.StoppedAt);
        log.Dispose();
        Assert.Equal(Entries(101, 250, bytes: 100), Open(_disk, TestLog.Snapshot(100), 4096).Entries);
    }

    [Fact]
    public void Whoever_takes_a_purged_segment_has_it_whole_and_without_its_name()
    {
        _disk.CreateDirectory(WalPath);
        for (int i = 0; i < 3; i++)
            _disk.WriteFile($"{WalPath}/{i}.wal", "content"u8);
        List<IFile> taken = [];
        Assert.Equal([$"{WalPath}/0.wal", $"{WalPath}/1.wal"], FilePurger.Purge(_disk, WalPath, "wal", 1, needsLock: true, taken.Add).Removed);
        Assert.Equal(["2.wal"], _disk.List(WalPath));
        Assert.Equal([7L, 7L], taken.Select(file => file.Length));
        foreach (IFile file in taken)
            file.Dispose();
    }

    [Fact]
    public void A_received_database_has_its_name_only_when_it_is_complete()
    {
        using (ReceivedDatabase received = _files.ReceiveDatabase(0x23))
        {
            received.Write("page 0"u8);
            Assert.Equal(["tmp1"], _disk.List(SnapPath));
            using ReceivedDatabase another = _files.ReceiveDatabase(0x24);
            Assert.Equal(["tmp1", "tmp2"], _disk.List(SnapPath));
            received.Write("page 1"u8);
            Assert.Equal(12, received.Length);
            received.Complete();
            Assert.Throws<ObjectDisposedException>(() => received.Write("more"u8));
        }

        Assert.Equal(["0000000000000023.snap.db"], _disk.List(SnapPath));
        Assert.Equal("page 0page 1", Encoding.ASCII.GetString(_disk.ReadFile(_files.DatabasePath(0x23))));
    }

    [Fact]
    public void A_database_received_a_second_time_is_discarded()
    {
        Receive(9, "first");
        Receive(9, "again");
        Assert.Equal(["0000000000000009.snap.db"], _disk.List(SnapPath));
        Assert.Equal("first", Encoding.ASCII.GetString(_disk.ReadFile(_files.DatabasePath(9))));
    }

    [Theory]
    [InlineData(DiskOperation.Write)]
    [InlineData(DiskOperation.Sync)]
    [InlineData(DiskOperation.Rename)]
    public void A_database_that_the_disk_refuses_leaves_nothing_behind(DiskOperation refused)
    {
        _disk.Faults = new FailEvery(refused);
        Assert.Throws<IOException>(() => Receive(9, "image"));
        _disk.Faults = null;
        Assert.Empty(_disk.List(SnapPath));
        Receive(9, "image");
        Assert.Single(_disk.List(SnapPath));
    }

    [Fact]
    public void A_crash_while_a_database_is_received_leaves_it_whole_or_nothing_that_has_its_name()
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            var disk = _disk.Clone();
            var crashes = new CrashEachStep(disk, seed);
            disk.Faults = crashes;
            var files = new SnapshotFiles(disk, SnapPath);
            string image = new('x', 5000);
            using (ReceivedDatabase received = files.ReceiveDatabase(9))
            {
                received.Write(Encoding.ASCII.GetBytes(image[..2000]));
                received.Write(Encoding.ASCII.GetBytes(image[2000..]));
                received.Complete();
            }

            Assert.True(crashes.Disks.Count >= 10);
            foreach (SimFileSystem found in crashes.Disks)
            {
                var after = new SnapshotFiles(found, SnapPath);
                after.RemoveLeftovers();
                Assert.All(found.List(SnapPath), static name => Assert.Equal("0000000000000009.snap.db", name));
                if (found.FileExists(after.DatabasePath(9)))
                    Assert.Equal(image, Encoding.ASCII.GetString(found.ReadFile(after.DatabasePath(9))));
            }

            // What Complete returned from is there.
            Assert.True(disk.Crash(new SeededRandom(seed)).FileExists(files.DatabasePath(9)));
        }
    }

    private void Receive(ulong index, string image)
    {
        using ReceivedDatabase received = _files.ReceiveDatabase(index);
        received.Write(Encoding.ASCII.GetBytes(image));
        received.Complete();
    }

    private sealed class FailEvery(DiskOperation operation) : IDiskFaults
    {
        public void Before(in DiskEvent step)
        {
            if (step.Operation == operation)
                throw new IOException($"the disk refuses {operation}");
        }
    }

    private sealed class CrashEachStep(SimFileSystem disk, ulong seed) : IDiskFaults
    {
        private readonly SeededRandom _random = new(seed);

        public List<SimFileSystem> Disks { get; } = [];

        public void Before(in DiskEvent operation) => Disks.Add(disk.Crash(_random));

        public void After(in DiskEvent operation) => Disks.Add(disk.Crash(_random));
    }

    private void Save(ulong index, ulong term) =>
        _files.Save(new Raft.Snapshot(index, term, new ConfState([1, 2, 3]), Encoding.ASCII.GetBytes($"data of {index}")));

    private static (ulong, ulong) Found(Raft.Snapshot? snapshot) => (snapshot!.Index, snapshot.Term);

    private sealed class EveryOperation(Action act) : IDiskFaults
    {
        public void After(in DiskEvent operation) => act();
    }
}

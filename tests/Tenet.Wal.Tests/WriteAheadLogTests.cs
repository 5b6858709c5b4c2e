using Tenet.Foundation;
using Tenet.Foundation.Files;
using Tenet.Foundation.Files.Simulation;
using Tenet.Raft;
using static Tenet.Wal.Tests.TestLog;

namespace Tenet.Wal.Tests;

public class WriteAheadLogTests
{
    [Fact]
    public void What_was_saved_is_read_back()
    {
        SimFileSystem disk = NewDisk();
        using (WriteAheadLog log = Create(disk))
        {
            log.Save(new HardState(1, 7, 0), Entries(1, 5));
            log.Save(new HardState(1, 7, 5), []);
            log.Save(null, [new Entry(1, 6, EntryType.Normal, default)]);
            log.Save(null, [new Entry(2, 7, EntryType.ConfChangeV2, default)]);
        }

        WalRecovery found = Open(disk);
        Assert.Equal([.. Entries(1, 5), new Entry(1, 6, EntryType.Normal, default), new Entry(2, 7, EntryType.ConfChangeV2, default)], found.Entries);
        Assert.Equal(new HardState(1, 7, 5), found.HardState);
        Assert.Equal(Metadata, found.Metadata.ToArray());
        Assert.Equal(7ul, found.Log.LastIndex);
        Assert.True(found.FoundSnapshot);
        Assert.False(found.Repaired);
        Assert.Equal(["0000000000000000-0000000000000000.wal"], disk.List(WalPath));
    }

    [Fact]
    public void Appending_goes_on_where_a_reopened_log_ends()
    {
        SimFileSystem disk = NewDisk();
        Create(disk).Dispose();
        for (ulong index = 1; index <= 20; index += 2)
        {
            using WalRecoveryScope opened = new(Open(disk));
            Assert.Equal(index - 1, opened.Found.Log.LastIndex);
            opened.Found.Log.Save(new HardState(index, 1, index), Entries(index, index + 1, index));
        }

        WalRecovery found = Open(disk);
        Assert.Equal(20, found.Entries.Count);
        Assert.Equal(new HardState(19, 1, 19), found.HardState);
    }

    [Fact]
    public void Later_entries_replace_earlier_ones_from_their_index_on()
    {
        SimFileSystem disk = NewDisk();
        using (WriteAheadLog log = Create(disk))
        {
            log.Save(null, Entries(1, 10));
            log.Save(null, Entries(4, 5, term: 2));
            log.Save(null, Entries(6, 6, term: 2));
            Assert.Throws<InvariantException>(() => log.Save(null, Entries(8, 8, term: 2)));
        }

        Assert.Equal([.. Entries(1, 3), .. Entries(4, 6, term: 2)], Open(disk).Entries);
    }

    [Fact]
    public void Saving_nothing_writes_nothing()
    {
        SimFileSystem disk = NewDisk();
        using WriteAheadLog log = Create(disk);
        long before = disk.OperationCount;
        log.Save(null, []);
        log.Save(default(HardState), []);
        Assert.Equal(before, disk.OperationCount);
    }

    [Fact]
    public void A_batch_costs_one_write_and_one_sync_and_a_commit_index_alone_none()
    {
        SimFileSystem disk = NewDisk();
        var counter = new Counter();
        using WriteAheadLog log = Create(disk);
        disk.Faults = counter;
        log.Save(new HardState(1, 1, 0), Entries(1, 64, bytes: 300));
        Assert.Equal("Write SyncData", counter.Take());
        log.Save(new HardState(1, 1, 64), []);
        log.Save(new HardState(1, 1, 65), []);
        Assert.Equal("", counter.Take());
        log.Save(new HardState(2, 1, 65), []);
        Assert.Equal("Write SyncData", counter.Take());
        log.Save(new HardState(2, 3, 65), []);
        Assert.Equal("Write SyncData", counter.Take());
        log.Sync();
        Assert.Equal("", counter.Take());
        log.SaveSnapshot(Snapshot(60));
        Assert.Equal("Write SyncData", counter.Take());
    }

    [Fact]
    public void Without_fsync_nothing_is_synced_but_names()
    {
        SimFileSystem disk = NewDisk();
        var counter = new Counter();
        using WriteAheadLog log = WriteAheadLog.Create(disk, WalPath, Metadata, new WalOptions { SegmentBytes = 4096, UnsafeNoFsync = true });
        disk.Faults = counter;
        log.Save(new HardState(1, 1, 0), Entries(1, 10, bytes: 100));
        Assert.Equal("Write", counter.Take());
        log.Save(new HardState(1, 1, 0), Entries(11, 60, bytes: 100));
        Assert.DoesNotContain("SyncData", counter.Take(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_segment_ends_with_its_last_record_and_the_next_one_begins_with_the_chain()
    {
        SimFileSystem disk = NewDisk();
        using (WriteAheadLog log = Create(disk, 4096))
        {
            for (ulong index = 1; index <= 100; index++)
                log.Save(new HardState(1, 1, index - 1), [TestLog.Entry(index, bytes: 100)]);
        }

        string[] names = [.. disk.List(WalPath)];
        Assert.Equal("0000000000000000-0000000000000000.wal", names[0]);
        Assert.Equal("0000000000000001-000000000000001c.wal", names[1]);
        Assert.True(names.Length >= 4, string.Join(' ', names));
        foreach (string name in names[..^1])
            Assert.InRange(disk.ReadFile($"{WalPath}/{name}").Length, 4096, 4400);
        Assert.Equal(4096, disk.ReadFile($"{WalPath}/{names[^1]}").Length);

        WalRecovery found = Open(disk, segmentBytes: 4096);
        Assert.Equal(Entries(1, 100, bytes: 100), found.Entries);
        Assert.Equal(new HardState(1, 1, 99), found.HardState);
    }

    [Fact]
    public void Reading_begins_at_the_segment_of_the_snapshot()
    {
        SimFileSystem disk = NewDisk();
        WriteSegments(disk, 100, snapshotAt: 50);
        disk.DeleteFile($"{WalPath}/{disk.List(WalPath)[0]}");

        WalRecovery found = Open(disk, Snapshot(50), 4096);
        Assert.Equal(Entries(51, 100, bytes: 100), found.Entries);
        Assert.True(found.FoundSnapshot);
        found.Log.Dispose();
        Assert.Equal(new HardState(1, 1, 99), WriteAheadLog.Verify(disk, WalPath, Snapshot(50)));
        FileNotFoundException missing = Assert.Throws<FileNotFoundException>(() => Open(disk));
        Assert.Contains("wal: file not found which matches the snapshot index '0'", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_snapshot_beyond_the_log_lets_entries_follow_it()
    {
        SimFileSystem disk = NewDisk();
        using (WriteAheadLog log = Create(disk, 4096))
        {
            log.Save(new HardState(1, 1, 3), Entries(1, 3));
            log.SaveSnapshot(Snapshot(500));
            log.Save(new HardState(1, 1, 503), Entries(501, 503));
            Assert.Equal(503ul, log.LastIndex);
        }

        using WalRecoveryScope opened = new(Open(disk, Snapshot(500)));
        Assert.Equal(Entries(501, 503), opened.Found.Entries);
        opened.Dispose();
        CorruptionException gap = Assert.Throws<CorruptionException>(() => Open(disk));
        Assert.Contains("wal: slice bounds out of range", gap.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_reopened_right_after_a_snapshot_beyond_it_takes_the_entries_that_follow()
    {
        SimFileSystem disk = NewDisk();
        using (WriteAheadLog log = Create(disk))
            log.SaveSnapshot(Snapshot(500));
        using (WalRecoveryScope opened = new(Open(disk, Snapshot(500))))
            opened.Found.Log.Save(new HardState(1, 1, 501), Entries(501, 501));
        Assert.Equal(Entries(501, 501), Open(disk, Snapshot(500)).Entries);
    }

    [Fact]
    public void Entries_replaced_before_the_snapshot_do_not_come_back_behind_it()
    {
        SimFileSystem disk = NewDisk();
        using (WriteAheadLog log = Create(disk))
        {
            log.Save(new HardState(1, 1, 3), Entries(1, 10));
            log.Save(new HardState(2, 1, 5), Entries(4, 5, term: 2));
            log.SaveSnapshot(Snapshot(5, term: 2));
        }

        using (WalRecoveryScope opened = new(Open(disk, Snapshot(5, term: 2))))
        {
            Assert.Empty(opened.Found.Entries);
            Assert.Equal(5ul, opened.Found.Log.LastIndex);
        }

        Assert.Equal([.. Entries(1, 3), .. Entries(4, 5, term: 2)], Open(disk).Entries);
    }

    [Fact]
    public void A_snapshot_needs_its_membership()
    {
        SimFileSystem disk = NewDisk();
        using WriteAheadLog log = Create(disk);
        InvariantException missing = Assert.Throws<InvariantException>(() => log.SaveSnapshot(new WalSnapshot(5, 1, null)));
        Assert.Contains("Saved (not-initial) snapshot is missing ConfState", missing.Message, StringComparison.Ordinal);
        log.SaveSnapshot(new WalSnapshot(0, 0, null));
    }

    [Fact]
    public void Valid_snapshots_are_those_that_are_committed()
    {
        SimFileSystem disk = NewDisk();
        using (WriteAheadLog log = Create(disk, 4096))
        {
            log.Save(new HardState(1, 1, 20), Entries(1, 30, bytes: 200));
            log.SaveSnapshot(Snapshot(10));
            log.SaveSnapshot(Snapshot(20));
            log.SaveSnapshot(Snapshot(30));
            IReadOnlyList<WalSnapshot> whileOpen = WriteAheadLog.ValidSnapshots(disk, WalPath);
            Assert.Equal([0ul, 10ul, 20ul], whileOpen.Select(snapshot => snapshot.Index));
        }

        IReadOnlyList<WalSnapshot> valid = WriteAheadLog.ValidSnapshots(disk, WalPath);
        Assert.Equal([WalSnapshot.Beginning, Snapshot(10), Snapshot(20)], valid);
    }

    [Fact]
    public void A_snapshot_of_another_term_and_a_missing_one_are_told_apart()
    {
        SimFileSystem disk = NewDisk();
        WriteSegments(disk, 30, snapshotAt: 10);
        CorruptionException mismatch = Assert.Throws<CorruptionException>(() => Open(disk, Snapshot(10, term: 2)));
        Assert.Contains("wal: snapshot mismatch", mismatch.Message, StringComparison.Ordinal);
        Assert.Throws<CorruptionException>(() => WriteAheadLog.Verify(disk, WalPath, Snapshot(10, term: 2)));
        CorruptionException missing = Assert.Throws<CorruptionException>(() => WriteAheadLog.Verify(disk, WalPath, Snapshot(11)));
        Assert.Contains("wal: snapshot not found", missing.Message, StringComparison.Ordinal);

        // etcd opens it for appending all the same.
        using WalRecoveryScope opened = new(Open(disk, Snapshot(11)));
        Assert.False(opened.Found.FoundSnapshot);
        Assert.Equal(Entries(12, 30, bytes: 100), opened.Found.Entries);
    }

    [Fact]
    public void A_missing_segment_is_refused()
    {
        SimFileSystem disk = NewDisk();
        WriteSegments(disk, 100);
        string missing = $"{WalPath}/{disk.List(WalPath)[1]}";
        disk.DeleteFile(missing);
        CorruptionException refused = Assert.Throws<CorruptionException>(() => Open(disk));
        Assert.Contains("wal: file sequence numbers (starting from 0) do not increase continuously", refused.Message, StringComparison.Ordinal);
        disk.DeleteDirectory(WalPath);
        disk.CreateDirectory(WalPath);
        Assert.Contains("wal: file not found", Assert.Throws<FileNotFoundException>(() => Open(disk)).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => WriteAheadLog.ValidSnapshots(disk, WalPath));
    }

    [Fact]
    public void A_segment_of_another_log_is_refused()
    {
        SimFileSystem disk = NewDisk();
        WriteSegments(disk, 100);
        SimFileSystem other = NewDisk();
        using (WriteAheadLog log = WriteAheadLog.Create(other, WalPath, "another"u8, Options(4096)))
        {
            for (ulong index = 1; index <= 100; index++)
                log.Save(new HardState(1, 1, index - 1), [TestLog.Entry(index, bytes: 100)]);
        }

        string name = $"{WalPath}/{disk.List(WalPath)[1]}";
        disk.WriteFile(name, other.ReadFile(name));
        CorruptionException refused = Assert.Throws<CorruptionException>(() => Open(disk));
        Assert.Equal(name, refused.File);
        Assert.Contains("walpb: crc mismatch", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Metadata_that_changes_within_a_log_is_refused()
    {
        SimFileSystem disk = NewDisk();
        Create(disk).Dispose();
        byte[] file = disk.ReadFile(Last(disk));
        var encoder = new Records.RecordEncoder(0);
        encoder.AppendChecksum();
        encoder.AppendMetadata(Metadata);
        encoder.AppendMetadata("another"u8);
        encoder.Bytes.CopyTo(file);
        disk.WriteFile(Last(disk), file);
        CorruptionException refused = Assert.Throws<CorruptionException>(() => Open(disk));
        Assert.Contains("wal: conflicting metadata found", refused.Message, StringComparison.Ordinal);
        Assert.Throws<CorruptionException>(() => WriteAheadLog.Verify(disk, WalPath, WalSnapshot.Beginning));
    }

    [Fact]
    public void Only_one_process_opens_a_log_for_appending_and_anybody_reads_it()
    {
        SimFileSystem disk = NewDisk();
        WriteAheadLog log = Create(disk);
        IOException locked = Assert.Throws<IOException>(() => Open(disk));
        Assert.Contains("fileutil: file already locked", locked.Message, StringComparison.Ordinal);
        Assert.Single(WriteAheadLog.ValidSnapshots(disk, WalPath));
        WriteAheadLog.Verify(disk, WalPath, WalSnapshot.Beginning);
        log.Dispose();
        Open(disk).Log.Dispose();
    }

    [Fact]
    public void Creation_refuses_a_directory_with_a_log_and_clears_what_is_none()
    {
        SimFileSystem disk = NewDisk();
        disk.CreateDirectory(WalPath + ".tmp/old");
        disk.CreateDirectory(WalPath + "/empty");
        Assert.False(WriteAheadLog.Exists(disk, WalPath));
        Create(disk).Dispose();
        Assert.True(WriteAheadLog.Exists(disk, WalPath));
        Assert.Equal(["wal"], disk.List("/data/member"));
        IOException exists = Assert.Throws<IOException>(() => Create(disk));
        Assert.Contains("file already exists", exists.Message, StringComparison.Ordinal);
        Assert.False(WriteAheadLog.Exists(disk, "/data/none"));
    }

    [Fact]
    public void A_log_whose_name_cannot_be_made_durable_is_moved_away()
    {
        SimFileSystem disk = NewDisk();
        disk.Faults = new Fail(operation => operation is { Operation: DiskOperation.SyncDirectory, Path: "/data/member/" });
        Assert.Throws<IOException>(() => Create(disk));
        string left = Assert.Single(disk.List("/data/member"));
        Assert.Matches(@"^wal\.broken\.\d{8}\.\d{6}(\.\d{1,6})?$", left);
        Assert.False(WriteAheadLog.Exists(disk, WalPath));
    }

    [Fact]
    public void The_next_segment_is_prepared_off_the_appending_path()
    {
        SimFileSystem disk = NewDisk();
        var counter = new Counter();
        using WriteAheadLog log = Create(disk, 4096);
        Assert.True(log.NeedsNextSegment);
        log.PrepareNextSegment();
        log.PrepareNextSegment();
        Assert.False(log.NeedsNextSegment);
        Assert.Contains("0.tmp", disk.List(WalPath));
        disk.Faults = counter;
        log.Save(null, Entries(1, 50, bytes: 100));
        Assert.Equal("Write SetLength SyncData Write SyncData Rename SyncDirectory", counter.Take());
        Assert.True(log.NeedsNextSegment);
        log.PrepareNextSegment();
        Assert.Contains("1.tmp", disk.List(WalPath));
        log.Dispose();
        Assert.DoesNotContain(disk.List(WalPath), name => name.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public void A_leftover_of_the_preparation_is_used_again_without_its_content()
    {
        SimFileSystem disk = NewDisk();
        using WriteAheadLog log = Create(disk, 4096);
        byte[] junk = new byte[10_000];
        Array.Fill(junk, (byte)7);
        disk.WriteFile($"{WalPath}/0.tmp", junk);
        log.Save(null, Entries(1, 50, bytes: 100));
        log.Dispose();
        byte[] segment = disk.ReadFile(Last(disk));
        Assert.Equal(4096, segment.Length);
        Assert.False(segment.AsSpan(100).ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void Locks_of_segments_before_the_snapshot_are_released()
    {
        SimFileSystem disk = NewDisk();
        using WriteAheadLog log = Create(disk, 4096);
        for (ulong index = 1; index <= 200; index++)
            log.Save(new HardState(1, 1, index - 1), [TestLog.Entry(index, bytes: 100)]);
        string[] names = [.. disk.List(WalPath)];
        ulong[] firsts = [.. names.Select(name => Convert.ToUInt64(name[17..33], 16))];
        Assert.True(names.Length >= 6);

        log.ReleaseLocksTo(firsts[2]);
        Assert.Equal(names[1..], Locked(disk, names));
        log.ReleaseLocksTo(firsts[3] + 1);
        Assert.Equal(names[3..], Locked(disk, names));
        log.ReleaseLocksTo(1);
        Assert.Equal(names[3..], Locked(disk, names));
        log.ReleaseLocksTo(10_000);
        Assert.Equal(names[^1..], Locked(disk, names));
    }

    [Theory]
    [InlineData(DiskOperation.Write)]
    [InlineData(DiskOperation.SyncData)]
    public void After_a_failure_the_log_takes_nothing_more(DiskOperation broken)
    {
        SimFileSystem disk = NewDisk();
        WriteAheadLog log = Create(disk);
        log.Save(new HardState(1, 1, 0), Entries(1, 2));
        disk.Faults = new Fail(operation => operation.Operation == broken);
        Assert.Throws<IOException>(() => log.Save(null, Entries(3, 3)));
        disk.Faults = null;
        Assert.Contains("takes nothing more", Assert.Throws<IOException>(() => log.Save(null, Entries(3, 3))).Message, StringComparison.Ordinal);
        Assert.Throws<IOException>(() => log.SaveSnapshot(Snapshot(1)));
        Assert.Throws<IOException>(log.Sync);
        log.Dispose();
        Assert.Throws<ObjectDisposedException>(log.Sync);
        WalRecovery found = Open(disk);
        Assert.Equal(Entries(1, 2), found.Entries.Take(2));
    }

    [Fact]
    public void A_full_disk_stops_the_log_and_what_was_saved_before_is_there()
    {
        SimFileSystem disk = NewDisk();
        disk.CapacityBytes = 10_000;
        WriteAheadLog log = Create(disk, 4096);
        ulong saved = 0;
        IOException full = Assert.Throws<IOException>(() =>
        {
            for (ulong index = 1; index <= 1000; index++)
            {
                log.Save(new HardState(1, 1, index - 1), [TestLog.Entry(index, bytes: 100)]);
                saved = index;
            }
        });
        Assert.Contains("No space left on device", full.Message, StringComparison.Ordinal);
        Assert.True(saved > 20);
        log.Dispose();
        disk.CapacityBytes = long.MaxValue;
        Assert.Equal(Entries(1, saved, bytes: 100), Open(disk, segmentBytes: 4096).Entries.Take((int)saved));
    }

    [Fact]
    public void Entries_larger_than_any_buffer_are_kept_whole()
    {
        SimFileSystem disk = NewDisk();
        List<Entry> entries = [TestLog.Entry(1, bytes: 5_000_000), TestLog.Entry(2, bytes: 0), TestLog.Entry(3, bytes: 3 << 20), TestLog.Entry(4)];
        using (WriteAheadLog log = Create(disk, 64_000_000))
            log.Save(new HardState(1, 1, 1), entries);
        Assert.Equal(entries, Open(disk, segmentBytes: 64_000_000).Entries);
    }

    [Fact]
    public void The_hard_state_that_was_read_heads_the_next_segment()
    {
        SimFileSystem disk = NewDisk();
        using (WriteAheadLog log = Create(disk, 4096))
            log.Save(new HardState(3, 2, 1), Entries(1, 2, term: 3));
        using (WalRecoveryScope opened = new(Open(disk, segmentBytes: 4096)))
            opened.Found.Log.Save(null, Entries(3, 50, term: 3, bytes: 100));
        using (WalRecoveryScope opened = new(Open(disk, segmentBytes: 4096)))
            opened.Found.Log.SaveSnapshot(Snapshot(50, term: 3));
        Assert.Equal(2, disk.List(WalPath).Count);
        Assert.Equal(new HardState(3, 2, 1), Open(disk, Snapshot(50, term: 3), 4096).HardState);
    }

    [Fact]
    public void Costs_are_told_to_the_observer()
    {
        SimFileSystem disk = NewDisk();
        var observer = new Observer();
        using WriteAheadLog log = WriteAheadLog.Create(disk, WalPath, Metadata, new WalOptions { SegmentBytes = 4096, Observer = observer });
        long header = observer.Bytes;
        Assert.Equal(0, observer.Syncs);
        log.Save(null, [TestLog.Entry(1, bytes: 20)]);
        Assert.Equal(1, observer.Syncs);
        Assert.Equal(header + 48, observer.Bytes);
    }

    private static void WriteSegments(SimFileSystem disk, ulong entries, ulong snapshotAt = 0)
    {
        using WriteAheadLog log = Create(disk, 4096);
        for (ulong index = 1; index <= entries; index++)
        {
            log.Save(new HardState(1, 1, index - 1), [TestLog.Entry(index, bytes: 100)]);
            if (index == snapshotAt)
                log.SaveSnapshot(Snapshot(index));
        }
    }

    private static IEnumerable<string> Locked(SimFileSystem disk, string[] names) =>
        names.Where(name =>
        {
            using IFile file = disk.Open($"{WalPath}/{name}", FileOpenMode.Existing, FileAccess.ReadWrite);
            return !file.TryLock(FileLockKind.OpenFileDescription);
        });

    private sealed class WalRecoveryScope(WalRecovery found) : IDisposable
    {
        public WalRecovery Found => found;

        public void Dispose() => found.Log.Dispose();
    }

    private sealed class Counter : IDiskFaults
    {
        private readonly List<string> _seen = [];

        public string Take()
        {
            string seen = string.Join(' ', _seen);
            _seen.Clear();
            return seen;
        }

        public void After(in DiskEvent operation) => _seen.Add(operation.Operation.ToString());
    }

    private sealed class Fail(Predicate<DiskEvent> when) : IDiskFaults
    {
        public void Before(in DiskEvent operation)
        {
            if (when(operation))
                throw new IOException("Input/output error");
        }
    }

    private sealed class Observer : IWalObserver
    {
        public long Bytes { get; private set; }

        public int Syncs { get; private set; }

        public void Written(long bytes, TimeSpan elapsed) => Bytes += bytes;

        public void Synced(TimeSpan elapsed) => Syncs++;
    }
}

using System.Text;
using Tenet.Foundation.Files;
using Tenet.Foundation.Files.Simulation;
using Tenet.Foundation.Randomness;

namespace Tenet.Foundation.Tests.Files;

public sealed class SimFileSystemTests : FileSystemContract
{
    private readonly SimFileSystem _files = new();

    public SimFileSystemTests()
    {
        _files.CreateDirectory("/data");
        _files.MakeDurable();
    }

    protected override IFileSystem Files => _files;

    protected override string Root => "/data";

    [Fact]
    public void What_was_synced_survives_every_crash()
    {
        using IFile file = Create("a", "synced");
        file.SyncData();
        _files.SyncDirectory(Root);
        for (ulong seed = 0; seed < 100; seed++)
            Assert.Equal("synced", ReadText(_files.Crash(new SeededRandom(seed)), "a"));
    }

    [Fact]
    public void A_synced_file_whose_name_was_not_synced_may_be_gone()
    {
        using IFile file = Create("a", "synced");
        file.Sync();
        Assert.Equal(new HashSet<string?> { null, "synced" }, Crashes(disk => disk.FileExists("/data/a") ? ReadText(disk, "a") : null));
    }

    [Fact]
    public void Unsynced_bytes_are_lost_kept_or_torn_at_sectors_and_nothing_else()
    {
        using IFile file = Create("a", new string('0', 1536));
        file.Sync();
        _files.SyncDirectory(Root);
        file.Write(Encoding.ASCII.GetBytes(new string('1', 1024)), 256);
        HashSet<string> outcomes = Crashes(disk => ReadText(disk, "a"));

        Assert.Equal(8, outcomes.Count);
        foreach (string outcome in outcomes)
        {
            Assert.Equal(1536, outcome.Length);
            Assert.Single(outcome[256..512].Distinct());
            Assert.Single(outcome[512..1024].Distinct());
            Assert.Single(outcome[1024..1280].Distinct());
            Assert.Equal(new string('0', 256), outcome[..256]);
            Assert.Equal(new string('0', 256), outcome[1280..]);
        }
    }

    [Fact]
    public void A_sector_is_as_it_was_at_some_moment_so_later_writes_never_survive_without_earlier_ones_in_it()
    {
        using IFile file = Create("a", "..");
        file.Sync();
        _files.SyncDirectory(Root);
        file.Write("1"u8, 0);
        file.Write("2"u8, 1);
        Assert.Equal(new HashSet<string> { "..", "1.", "12" }, Crashes(disk => ReadText(disk, "a")));
    }

    [Fact]
    public void Growth_may_survive_without_its_bytes_and_then_reads_as_zero()
    {
        using IFile file = Create("a", "");
        file.Sync();
        _files.SyncDirectory(Root);
        file.Write("x"u8, 0);
        Assert.Equal(new HashSet<string> { "", "x", "\0" }, Crashes(disk => ReadText(disk, "a")));
    }

    [Fact]
    public void A_cut_survives_sync_of_data_maybe_and_sync_of_all_surely()
    {
        using IFile file = Create("a", "abcdef");
        file.Sync();
        _files.SyncDirectory(Root);
        file.SetLength(3);
        file.SyncData();
        Assert.Equal(new HashSet<string> { "abc", "abcdef" }, Crashes(disk => ReadText(disk, "a")));
        file.Sync();
        Assert.Equal(new HashSet<string> { "abc" }, Crashes(disk => ReadText(disk, "a")));
        file.SetLength(1);
        file.Write("z"u8, 3);
        file.SyncData();
        Assert.Equal(new HashSet<string> { "a\0\0z" }, Crashes(disk => ReadText(disk, "a")));
    }

    [Fact]
    public void Names_survive_in_order_within_a_directory()
    {
        Create("a", "").Dispose();
        _files.Rename("/data/a", "/data/b");
        Create("c", "").Dispose();
        _files.DeleteFile("/data/b");
        Assert.Equal(
            new HashSet<string> { "", "a", "b", "b c", "c" },
            Crashes(disk => string.Join(' ', disk.List("/data"))));
    }

    [Fact]
    public void Syncing_a_directory_makes_all_its_changes_durable_and_no_others()
    {
        _files.CreateDirectory("/data/d");
        _files.CreateDirectory("/other");
        Create("d/a", "").Dispose();
        _files.SyncDirectory("/data");
        Assert.Equal(
            new HashSet<string> { "d", "d/a" },
            Crashes(disk => disk.FileExists("/data/d/a") ? "d/a" : disk.DirectoryExists("/data/d") ? "d" : "none"));
        Assert.Equal(2, Crashes(disk => disk.DirectoryExists("/other")).Count);
        _files.SyncDirectory("/data/d");
        Assert.Equal([true], Crashes(disk => disk.FileExists("/data/d/a")));
    }

    [Fact]
    public void A_rename_between_directories_happens_on_both_sides_or_on_neither()
    {
        _files.CreateDirectory("/data/d");
        Create("a", "x").Sync();
        _files.MakeDurable();
        _files.Rename("/data/a", "/data/d/b");
        Assert.Equal(
            new HashSet<(bool, bool)> { (true, false), (false, true) },
            Crashes(disk => (disk.FileExists("/data/a"), disk.FileExists("/data/d/b"))));
    }

    [Fact]
    public void A_removed_file_may_come_back_until_its_directory_is_synced()
    {
        using IFile file = Create("a", "x");
        _files.MakeDurable();
        _files.DeleteFile("/data/a");
        Assert.Equal(2, Crashes(disk => disk.FileExists("/data/a")).Count);
        _files.SyncDirectory("/data");
        Assert.Equal([false], Crashes(disk => disk.FileExists("/data/a")));
    }

    [Fact]
    public void Locks_vanish_at_a_crash()
    {
        using IFile file = Create("a", "x");
        Assert.True(file.TryLock(FileLockKind.Flock));
        _files.MakeDurable();
        using IFile found = _files.Crash(new SeededRandom(1)).Open("/data/a", FileOpenMode.Existing, FileAccess.ReadWrite);
        Assert.True(found.TryLock(FileLockKind.Flock));
    }

    [Fact]
    public void A_crash_or_clone_leaves_the_original_as_it_was_and_shares_nothing_with_it()
    {
        using IFile file = Create("a", "one");
        SimFileSystem clone = _files.Clone();
        file.Write("two"u8, 0);
        Assert.Equal("one", ReadText(clone, "a"));
        Assert.Equal("two", ReadText(_files, "a"));

        using IFile cloned = clone.Open("/data/a", FileOpenMode.Existing, FileAccess.ReadWrite);
        cloned.Sync();
        clone.SyncDirectory("/data");
        Assert.Equal("one", ReadText(clone.Crash(new SeededRandom(1)), "a"));
        Assert.Contains(false, Crashes(disk => disk.FileExists("/data/a")));
    }

    [Fact]
    public void The_same_seed_gives_the_same_crash()
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            using IFile file = Create($"f{seed}", new string('x', 5000));
            file.Write("y"u8, 700);
            SimFileSystem one = _files.Crash(new SeededRandom(seed));
            SimFileSystem two = _files.Crash(new SeededRandom(seed));
            Assert.Equal(one.List("/data"), two.List("/data"));
            foreach (string name in one.List("/data"))
                Assert.Equal(ReadText(one, name), ReadText(two, name));
        }
    }

    [Fact]
    public void A_full_disk_refuses_what_does_not_fit_and_takes_what_was_reserved()
    {
        _files.CapacityBytes = 1000;
        using IFile file = Create("a", "");
        file.Preallocate(900);
        using IFile other = Create("b", "");
        IOException full = Assert.Throws<IOException>(() => other.Write(new byte[101], 0));
        Assert.Contains("No space left on device", full.Message, StringComparison.Ordinal);
        Assert.Equal(0, other.Length);
        Assert.Throws<IOException>(() => other.Preallocate(101));
        file.Write(new byte[900], 0);
        file.SetLength(100);
        other.Write(new byte[900], 0);
    }

    [Fact]
    public void A_failed_sync_loses_what_it_should_have_saved_even_if_a_later_one_succeeds()
    {
        using IFile file = Create("a", "old");
        _files.MakeDurable();
        file.Write("new"u8, 0);
        _files.Faults = new FailOnce(DiskOperation.SyncData);
        Assert.Throws<IOException>(file.SyncData);
        file.SyncData();

        Assert.Equal("new", ReadText(_files, "a"));
        Assert.Equal(new HashSet<string> { "old" }, Crashes(disk => ReadText(disk, "a")));
    }

    [Theory]
    [InlineData(DiskOperation.CreateFile)]
    [InlineData(DiskOperation.Write)]
    [InlineData(DiskOperation.SetLength)]
    [InlineData(DiskOperation.Preallocate)]
    [InlineData(DiskOperation.Sync)]
    [InlineData(DiskOperation.CreateDirectory)]
    [InlineData(DiskOperation.Rename)]
    [InlineData(DiskOperation.DeleteFile)]
    [InlineData(DiskOperation.DeleteDirectory)]
    [InlineData(DiskOperation.SyncDirectory)]
    public void Any_operation_can_be_made_to_fail_and_then_has_not_happened(DiskOperation operation)
    {
        using IFile file = Create("a", "abc");
        _files.CreateDirectory("/data/d");
        _files.Faults = new FailOnce(operation);
        Action act = operation switch
        {
            DiskOperation.CreateFile => () => Create("new", ""),
            DiskOperation.Write => () => file.Write("x"u8, 0),
            DiskOperation.SetLength => () => file.SetLength(0),
            DiskOperation.Preallocate => () => file.Preallocate(100),
            DiskOperation.Sync => file.Sync,
            DiskOperation.CreateDirectory => () => _files.CreateDirectory("/data/new"),
            DiskOperation.Rename => () => _files.Rename("/data/a", "/data/new"),
            DiskOperation.DeleteFile => () => _files.DeleteFile("/data/a"),
            DiskOperation.DeleteDirectory => () => _files.DeleteDirectory("/data/d"),
            _ => () => _files.SyncDirectory("/data"),
        };

        Assert.Throws<IOException>(act);
        Assert.Equal(["a", "d"], _files.List("/data"));
        Assert.Equal("abc", ReadText(_files, "a"));
    }

    [Fact]
    public void Every_operation_is_announced_before_and_after_with_its_number()
    {
        var log = new EventLog();
        _files.Faults = log;
        using (IFile file = Create("a", "abc"))
            file.SyncData();
        _files.SyncDirectory("/data");

        Assert.Equal(["CreateFile 0+0", "Write 0+3", "SyncData 0+0", "SyncDirectory 0+0"], log.Seen);
        Assert.Equal(_files.OperationCount, log.LastNumber);
    }

    [Fact]
    public void A_flipped_bit_shows_now_and_after_a_crash()
    {
        Create("a", "abc").Dispose();
        _files.MakeDurable();
        _files.FlipBit("/data/a", 1, 0);
        Assert.Equal("acc", ReadText(_files, "a"));
        Assert.Equal(new HashSet<string> { "acc" }, Crashes(disk => ReadText(disk, "a")));
    }

    [Fact]
    public void Large_preallocated_files_cost_no_memory()
    {
        long before = GC.GetTotalAllocatedBytes();
        using IFile file = Create("a", "x");
        file.Preallocate(1L << 40);
        _files.Crash(new SeededRandom(1));
        Assert.Equal(1L << 40, file.Length);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 10_000_000);
    }

    private IFile Create(string name, string text)
    {
        IFile file = _files.Open($"/data/{name}", FileOpenMode.OpenOrCreate, FileAccess.ReadWrite);
        if (text.Length > 0)
            file.Write(Encoding.ASCII.GetBytes(text), 0);
        return file;
    }

    /// <summary>What is found after 200 different crashes of this moment.</summary>
    private HashSet<T> Crashes<T>(Func<SimFileSystem, T> look)
    {
        var found = new HashSet<T>();
        for (ulong seed = 0; seed < 200; seed++)
            found.Add(look(_files.Crash(new SeededRandom(seed))));
        return found;
    }

    private static string ReadText(SimFileSystem disk, string name)
    {
        using IFile file = disk.Open($"/data/{name}", FileOpenMode.Existing, FileAccess.Read);
        byte[] bytes = new byte[file.Length];
        Assert.Equal(bytes.Length, file.Read(bytes, 0));
        return Encoding.ASCII.GetString(bytes);
    }

    private sealed class FailOnce(DiskOperation kind) : IDiskFaults
    {
        private bool _done;

        public void Before(in DiskEvent operation)
        {
            if (_done || operation.Operation != kind)
                return;
            _done = true;
            throw new IOException("Input/output error");
        }
    }

    private sealed class EventLog : IDiskFaults
    {
        private DiskEvent _begun;

        public List<string> Seen { get; } = [];

        public long LastNumber { get; private set; }

        public void Before(in DiskEvent operation) => _begun = operation;

        public void After(in DiskEvent operation)
        {
            Assert.Equal(_begun, operation);
            LastNumber = operation.Number;
            Seen.Add($"{operation.Operation} {operation.Offset}+{operation.Length}");
        }
    }
}

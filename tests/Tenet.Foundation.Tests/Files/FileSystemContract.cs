using System.Text;
using Tenet.Foundation.Files;

namespace Tenet.Foundation.Tests.Files;

/// <summary>What every file system behind the seam does; the real and the simulated one run the same facts.</summary>
public abstract class FileSystemContract
{
    protected abstract IFileSystem Files { get; }

    /// <summary>An empty directory.</summary>
    protected abstract string Root { get; }

    private string At(string name) => $"{Root}/{name}";

    [Fact]
    public void What_is_written_is_read_back_and_reads_stop_at_the_end()
    {
        using IFile file = Files.Open(At("a"), FileOpenMode.CreateNew, FileAccess.ReadWrite);
        file.Write("hello"u8, 3);
        byte[] buffer = new byte[16];

        Assert.Equal(8, file.Length);
        Assert.Equal(8, file.Read(buffer, 0));
        Assert.Equal("\0\0\0hello", Encoding.ASCII.GetString(buffer, 0, 8));
        Assert.Equal(2, file.Read(buffer, 6));
        Assert.Equal(0, file.Read(buffer, 8));
        Assert.Equal(0, file.Read(buffer, 100));
    }

    [Fact]
    public void Length_can_shrink_and_grow_and_new_bytes_are_zero()
    {
        using IFile file = Files.Open(At("a"), FileOpenMode.CreateNew, FileAccess.ReadWrite);
        file.Write("abcdef"u8, 0);
        file.SetLength(2);
        file.SetLength(5);
        file.Preallocate(3);
        Assert.Equal(5, file.Length);
        file.Preallocate(1 << 20);
        Assert.Equal(1 << 20, file.Length);
        byte[] buffer = new byte[8];
        file.Read(buffer, 0);
        Assert.Equal("ab\0\0\0\0\0\0", Encoding.ASCII.GetString(buffer));
    }

    [Fact]
    public void Open_modes_do_what_they_say()
    {
        Assert.Throws<FileNotFoundException>(() => Files.Open(At("a"), FileOpenMode.Existing, FileAccess.Read));
        Assert.Throws<DirectoryNotFoundException>(() => Files.Open(At("no/a"), FileOpenMode.Existing, FileAccess.Read));
        Assert.Throws<DirectoryNotFoundException>(() => Files.Open(At("no/a"), FileOpenMode.OpenOrCreate, FileAccess.ReadWrite));
        using (IFile file = Files.Open(At("a"), FileOpenMode.OpenOrCreate, FileAccess.ReadWrite))
            file.Write("abc"u8, 0);
        Assert.Throws<IOException>(() => Files.Open(At("a"), FileOpenMode.CreateNew, FileAccess.ReadWrite));
        using (IFile file = Files.Open(At("a"), FileOpenMode.OpenOrCreate, FileAccess.ReadWrite))
            Assert.Equal(3, file.Length);
        using (IFile file = Files.Open(At("a"), FileOpenMode.Truncate, FileAccess.Write))
            Assert.Equal(0, file.Length);
        Assert.Throws<UnauthorizedAccessException>(() => Files.Open(Root, FileOpenMode.Existing, FileAccess.Read));
        Assert.Throws<UnauthorizedAccessException>(() => Files.Open(Root, FileOpenMode.Existing, FileAccess.ReadWrite));
    }

    [Fact]
    public void A_file_opened_for_reading_refuses_writes()
    {
        Files.Open(At("a"), FileOpenMode.CreateNew, FileAccess.ReadWrite).Dispose();
        using IFile file = Files.Open(At("a"), FileOpenMode.Existing, FileAccess.Read);
        Exception? refused = Record.Exception(() => file.Write("x"u8, 0));
        Assert.True(refused is IOException or UnauthorizedAccessException, $"{refused}");
        Assert.Equal(0, file.Length);
    }

    [Fact]
    public void A_closed_file_refuses_everything()
    {
        IFile file = Files.Open(At("a"), FileOpenMode.CreateNew, FileAccess.ReadWrite);
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Write("x"u8, 0));
        Assert.Throws<ObjectDisposedException>(() => file.Read(new byte[1], 0));
        Assert.Throws<ObjectDisposedException>(file.Sync);
        Assert.Throws<ObjectDisposedException>(file.SyncData);
    }

    [Fact]
    public void Directories_list_files_and_directories_in_ordinal_order()
    {
        Files.CreateDirectory(At("d/e/f"));
        Files.CreateDirectory(At("d/e/f"));
        foreach (string name in new[] { "b", "B", "a-1", "a.1" })
            Files.Open(At("d/" + name), FileOpenMode.CreateNew, FileAccess.Write).Dispose();

        Assert.Equal(["B", "a-1", "a.1", "b", "e"], Files.List(At("d")));
        Assert.Throws<DirectoryNotFoundException>(() => Files.List(At("none")));
        Assert.True(Files.DirectoryExists(At("d/e")) && !Files.FileExists(At("d/e")));
        Assert.True(Files.FileExists(At("d/b")) && !Files.DirectoryExists(At("d/b")));
    }

    [Fact]
    public void Rename_replaces_a_file_and_moves_a_directory_with_what_is_open_in_it()
    {
        Files.CreateDirectory(At("d"));
        using IFile open = Files.Open(At("d/a"), FileOpenMode.CreateNew, FileAccess.ReadWrite);
        Files.Open(At("d/b"), FileOpenMode.CreateNew, FileAccess.ReadWrite).Dispose();
        Files.Rename(At("d/a"), At("d/b"));
        Files.Rename(At("d"), At("e"));
        open.Write("later"u8, 0);
        using IFile moved = Files.Open(At("e/b"), FileOpenMode.Existing, FileAccess.Read);

        Assert.Equal(["b"], Files.List(At("e")));
        Assert.Equal(5, moved.Length);
        Assert.False(Files.DirectoryExists(At("d")));
        Assert.Throws<FileNotFoundException>(() => Files.Rename(At("none"), At("x")));
        Files.CreateDirectory(At("f"));
        Assert.ThrowsAny<IOException>(() => Files.Rename(At("f"), At("e")));
    }

    [Fact]
    public void Removal_of_what_is_missing_does_nothing_and_an_open_file_survives_its_name()
    {
        Files.DeleteFile(At("none"));
        Files.DeleteDirectory(At("none"));
        Files.CreateDirectory(At("d/e"));
        using IFile open = Files.Open(At("d/e/a"), FileOpenMode.CreateNew, FileAccess.ReadWrite);
        Files.DeleteFile(At("d/e/a"));
        Assert.Empty(Files.List(At("d/e")));
        Files.DeleteDirectory(At("d"));
        open.Write("still"u8, 0);

        Assert.Equal(5, open.Length);
        Assert.False(Files.DirectoryExists(At("d")));
        Files.SyncDirectory(Root);
        Assert.ThrowsAny<IOException>(() => Files.SyncDirectory(At("d")));
    }

    [Theory]
    [InlineData(FileLockKind.Flock)]
    [InlineData(FileLockKind.OpenFileDescription)]
    public void Two_opens_of_one_file_conflict_until_one_is_closed(FileLockKind kind)
    {
        using IFile first = Files.Open(At("a"), FileOpenMode.OpenOrCreate, FileAccess.ReadWrite);
        IFile second = Files.Open(At("a"), FileOpenMode.Existing, FileAccess.ReadWrite);
        using IFile third = Files.Open(At("a"), FileOpenMode.Existing, FileAccess.ReadWrite);
        Assert.True(second.TryLock(kind));
        Assert.True(second.TryLock(kind));
        Assert.False(first.TryLock(kind));
        Assert.False(first.TryLock(kind, exclusive: false));
        second.Dispose();

        Assert.True(first.TryLock(kind, exclusive: false));
        Assert.True(third.TryLock(kind, exclusive: false));
        Assert.False(third.TryLock(kind));
    }

    [Fact]
    public void The_two_kinds_of_lock_do_not_see_each_other_and_opening_takes_none()
    {
        using IFile first = Files.Open(At("a"), FileOpenMode.OpenOrCreate, FileAccess.ReadWrite);
        Assert.True(first.TryLock(FileLockKind.Flock));
        using IFile second = Files.Open(At("a"), FileOpenMode.Existing, FileAccess.ReadWrite);
        using IFile reader = Files.Open(At("a"), FileOpenMode.Existing, FileAccess.Read);

        Assert.True(second.TryLock(FileLockKind.OpenFileDescription));
    }

    [Fact]
    public void A_map_shows_later_writes_and_may_exceed_the_length()
    {
        using IFile file = Files.Open(At("a"), FileOpenMode.OpenOrCreate, FileAccess.ReadWrite);
        file.SetLength(8192);
        using IFileMapping map = file.Map(1 << 20);
        Assert.Equal(0, map.Slice(4096, 1)[0]);
        file.Write("x"u8, 4096);
        Assert.Equal((byte)'x', map.Slice(4096, 1)[0]);
        file.SetLength(1 << 16);
        file.Write("grown"u8, 60_000);

        Assert.Equal("grown"u8.ToArray(), map.SliceMemory(60_000, 5).ToArray());
        Assert.Equal(1 << 20, map.Capacity);
        Assert.Throws<CorruptionException>(() => map.Slice(1 << 20, 1));
        Assert.Throws<CorruptionException>(() => map.Slice(-1, 1));
        map.Dispose();
        Assert.Throws<ObjectDisposedException>(() => map.Slice(0, 1));
    }
}

using Tenet.Foundation.Files;

namespace Tenet.Foundation.Tests.Files;

public sealed class OsFileSystemTests : FileSystemContract, IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("tenet-files-").FullName;

    protected override IFileSystem Files => OsFileSystem.Instance;

    protected override string Root => _directory;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Files_and_directories_get_the_permissions_asked_for()
    {
        if (OperatingSystem.IsWindows())
            return;
        Files.Open(Root + "/private", FileOpenMode.CreateNew, FileAccess.Write).Dispose();
        Files.Open(Root + "/shared", FileOpenMode.CreateNew, FileAccess.Write, FilePermissions.Shared).Dispose();
        Files.CreateDirectory(Root + "/a/b");

        Assert.Equal(FilePermissions.Private, File.GetUnixFileMode(Root + "/private"));
        Assert.Equal(FilePermissions.PrivateDirectory, File.GetUnixFileMode(Root + "/a"));
        Assert.Equal(FilePermissions.PrivateDirectory, File.GetUnixFileMode(Root + "/a/b"));
        UnixFileMode shared = File.GetUnixFileMode(Root + "/shared");
        Assert.Equal(FilePermissions.Private, shared & FilePermissions.Private);
        Assert.Equal(UnixFileMode.None, shared & ~FilePermissions.Shared);
    }

    [Fact]
    public void A_file_without_permission_is_refused_by_its_own_error()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName == "root")
            return;
        Files.Open(Root + "/a", FileOpenMode.CreateNew, FileAccess.Write, UnixFileMode.None).Dispose();
        Assert.Throws<UnauthorizedAccessException>(() => Files.Open(Root + "/a", FileOpenMode.Existing, FileAccess.Read));
    }

    [Fact]
    public void Synced_content_is_what_another_opening_reads()
    {
        using IFile file = Files.Open(Root + "/a", FileOpenMode.CreateNew, FileAccess.ReadWrite);
        file.Preallocate(1 << 20);
        file.Write("abc"u8, 1000);
        file.SyncData();
        file.Sync();
        Files.SyncDirectory(Root);

        byte[] bytes = File.ReadAllBytes(Root + "/a");
        Assert.Equal(1 << 20, bytes.Length);
        Assert.Equal("abc"u8.ToArray(), bytes[1000..1003]);
    }

    [Fact]
    public void A_lock_that_cannot_be_placed_is_an_error_and_not_a_conflict()
    {
        if (!OperatingSystem.IsLinux())
            return;
        Files.Open(Root + "/a", FileOpenMode.CreateNew, FileAccess.Write).Dispose();
        using IFile reader = Files.Open(Root + "/a", FileOpenMode.Existing, FileAccess.Read);

        // The kernel places no exclusive record lock through a descriptor that cannot write.
        Assert.Throws<IOException>(() => reader.TryLock(FileLockKind.OpenFileDescription));
    }
}

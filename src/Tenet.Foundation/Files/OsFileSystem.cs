namespace Tenet.Foundation.Files;

/// <summary>The machine's own file system.</summary>
public sealed class OsFileSystem : IFileSystem
{
    /// <summary>The one instance; it holds no state.</summary>
    public static OsFileSystem Instance { get; } = new();

    private OsFileSystem()
    {
    }

    /// <inheritdoc/>
    public IFile Open(string path, FileOpenMode mode, FileAccess access, UnixFileMode permissions = FilePermissions.Private)
    {
        if (OperatingSystem.IsLinux())
            return new OsFile(Posix.Open(path, mode, access, permissions), path);

        var options = new FileStreamOptions
        {
            Mode = mode switch
            {
                FileOpenMode.Existing => FileMode.Open,
                FileOpenMode.OpenOrCreate => FileMode.OpenOrCreate,
                FileOpenMode.CreateNew => FileMode.CreateNew,
                _ => FileMode.Create,
            },
            Access = access,
            // No lock of .NET's own: locks are taken by TryLock, of the kind that etcd's tools see.
            // On Windows the share mode is the lock.
            Share = OperatingSystem.IsWindows() && access != FileAccess.Read ? FileShare.Read | FileShare.Delete : FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        };
        if (mode != FileOpenMode.Existing && !OperatingSystem.IsWindows())
            options.UnixCreateMode = permissions;
        var stream = new FileStream(path, options);
        return new OsFile(stream.SafeFileHandle, path);
    }

    /// <inheritdoc/>
    public bool FileExists(string path) => File.Exists(path);

    /// <inheritdoc/>
    public bool DirectoryExists(string path) => Directory.Exists(path);

    /// <inheritdoc/>
    public void CreateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        // .NET gives the mode to the last directory only; parents that it makes on the way would be open to all.
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Directory.Exists(full))
            return;
        if (Path.GetDirectoryName(full) is { } parent)
            CreateDirectory(parent);
        Directory.CreateDirectory(full, FilePermissions.PrivateDirectory);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string directory)
    {
        string[] names = Directory.GetFileSystemEntries(directory);
        for (int i = 0; i < names.Length; i++)
            names[i] = Path.GetFileName(names[i]);
        Array.Sort(names, StringComparer.Ordinal);
        return names;
    }

    /// <inheritdoc/>
    public void Rename(string source, string target)
    {
        if (Directory.Exists(source))
            Directory.Move(source, target);
        else
            File.Move(source, target, overwrite: true);
    }

    /// <inheritdoc/>
    public void DeleteFile(string path)
    {
        if (File.Exists(path))
            File.Delete(path);
    }

    /// <inheritdoc/>
    public void DeleteDirectory(string path)
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
    }

    /// <inheritdoc/>
    public void SyncDirectory(string path) => Posix.SyncDirectory(path);
}

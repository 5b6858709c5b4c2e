using Tenet.Foundation.Files;
using Tenet.Foundation.Files.Simulation;

namespace Tenet.Utl.Tests.Support;

/// <summary>A disk on which somebody else writes each time the database is opened.</summary>
internal sealed class WritingFiles(SimFileSystem files, Action<SimFileSystem> write) : IFileSystem
{
    public IFile Open(string path, FileOpenMode mode, FileAccess access, UnixFileMode permissions = FilePermissions.Private)
    {
        if (path == SampleMember.Directory.Database)
            write(files);
        return files.Open(path, mode, access, permissions);
    }

    public bool FileExists(string path) => files.FileExists(path);

    public bool DirectoryExists(string path) => files.DirectoryExists(path);

    public void CreateDirectory(string path) => files.CreateDirectory(path);

    public IReadOnlyList<string> List(string directory) => files.List(directory);

    public void Rename(string source, string target) => files.Rename(source, target);

    public void DeleteFile(string path) => files.DeleteFile(path);

    public void DeleteDirectory(string path) => files.DeleteDirectory(path);

    public void SyncDirectory(string path) => files.SyncDirectory(path);
}

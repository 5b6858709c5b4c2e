namespace Tenet.Foundation.Files;

/// <summary>
/// The seam to the disk. Everything durable goes through it, so that a simulated disk can lose, tear or refuse what the real one might.
/// </summary>
/// <remarks>
/// Failures are <see cref="IOException"/> (with <see cref="FileNotFoundException"/> and <see cref="DirectoryNotFoundException"/> for what is
/// missing) and <see cref="UnauthorizedAccessException"/>. A name is durable only after <see cref="SyncDirectory"/> of its parent.
/// </remarks>
public interface IFileSystem
{
    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">What to do when it exists, and when it does not.</param>
    /// <param name="access">Read only, or read and write.</param>
    /// <param name="permissions">Permission bits of a file that this call creates; the process mask applies.</param>
    IFile Open(string path, FileOpenMode mode, FileAccess access, UnixFileMode permissions = FilePermissions.Private);

    /// <summary>Whether a file (not a directory) has this name.</summary>
    bool FileExists(string path);

    /// <summary>Whether a directory has this name.</summary>
    bool DirectoryExists(string path);

    /// <summary>Makes a directory and its missing parents, each with mode 0700; does nothing if it exists.</summary>
    void CreateDirectory(string path);

    /// <summary>The names (not paths) in a directory, files and directories alike, in ordinal order.</summary>
    IReadOnlyList<string> List(string directory);

    /// <summary>Renames a file or a directory; a file at the target is replaced.</summary>
    void Rename(string source, string target);

    /// <summary>Removes a file; does nothing if there is none.</summary>
    void DeleteFile(string path);

    /// <summary>Removes a directory with all in it; does nothing if there is none.</summary>
    void DeleteDirectory(string path);

    /// <summary>Makes creations, renames and removals in this directory durable.</summary>
    void SyncDirectory(string path);
}

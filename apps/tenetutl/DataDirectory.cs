using Tenet.Foundation.Files;

namespace Tenet.Utl;

/// <summary>Where the files of a member lie (contract/storage.md, 1.1).</summary>
/// <param name="Root">The data directory.</param>
/// <param name="Wal">The directory of the write-ahead log.</param>
internal sealed record DataDirectory(string Root, string Wal)
{
    /// <summary>The directories of a member.</summary>
    /// <param name="root">The data directory.</param>
    /// <param name="wal">The directory of the log; empty for the one within.</param>
    public static DataDirectory Of(string root, string wal = "") => new(root, wal.Length > 0 ? wal : Path.Combine(root, "member", "wal"));

    public string Member => Path.Combine(Root, "member");

    public string Snapshots => Path.Combine(Member, "snap");

    public string Database => Path.Combine(Snapshots, "db");

    /// <exception cref="UtlException">There is no such file; the message is that of etcd's tools.</exception>
    public static void RequireFile(IFileSystem files, string path)
    {
        if (!files.FileExists(path) && !files.DirectoryExists(path))
            throw new UtlException($"stat {path}: no such file or directory");
    }
}

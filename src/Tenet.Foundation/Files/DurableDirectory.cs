namespace Tenet.Foundation.Files;

/// <summary>Directories that are still there after a power cut.</summary>
public static class DurableDirectory
{
    /// <summary>
    /// Makes a directory and what is missing above it, and the names of all of them durable: everything that is synced later would be lost
    /// with a name that was not.
    /// </summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static void Create(IFileSystem files, string directory)
    {
        var made = new Stack<string>();
        for (string? path = Path.TrimEndingDirectorySeparator(directory); !string.IsNullOrEmpty(path) && !files.DirectoryExists(path); path = Path.GetDirectoryName(path))
            made.Push(path);
        if (made.Count == 0)
            return;
        files.CreateDirectory(directory);
        foreach (string path in made)
            files.SyncDirectory(Path.GetDirectoryName(path) is { Length: > 0 } parent ? parent : ".");
    }
}

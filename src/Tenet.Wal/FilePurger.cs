using Tenet.Foundation.Files;

namespace Tenet.Wal;

/// <summary>Removes the oldest of numbered files (contract/storage.md, 1.2). The owner decides when.</summary>
public static class FilePurger
{
    /// <summary>One pass: of the names with this ending the newest are kept, in name order, and the others removed, oldest first.</summary>
    /// <param name="files">Where.</param>
    /// <param name="directory">The directory.</param>
    /// <param name="suffix">The ending: <c>wal</c>, <c>snap</c>, <c>snap.db</c>.</param>
    /// <param name="keep">How many stay; 0 keeps all.</param>
    /// <param name="needsLock">Each file must be lockable. At the first that is not, the pass ends.</param>
    /// <param name="takes">
    /// Who gets each locked file, open and without its name, instead of it being closed: closing the last handle frees all its space in one go.
    /// </param>
    /// <exception cref="IOException">A file could not be removed.</exception>
    public static PurgeResult Purge(IFileSystem files, string directory, string suffix, int keep, bool needsLock, Action<IFile>? takes = null)
    {
        var removed = new List<string>();
        if (keep == 0)
            return new PurgeResult(removed, null);

        var names = new List<string>();
        foreach (string name in files.List(directory))
        {
            if (name.EndsWith(suffix, StringComparison.Ordinal))
                names.Add(name);
        }

        for (int i = 0; i < names.Count - keep; i++)
        {
            string path = $"{directory}/{names[i]}";
            if (!needsLock)
            {
                files.DeleteFile(path);
            }
            else
            {
                IFile file = files.Open(path, FileOpenMode.Existing, FileAccess.ReadWrite);
                bool isTaken = false;
                try
                {
                    if (!file.TryLock(FileLockKind.OpenFileDescription))
                        return new PurgeResult(removed, path);
                    files.DeleteFile(path);
                    if (takes is not null)
                    {
                        takes(file);
                        isTaken = true;
                    }
                }
                finally
                {
                    if (!isTaken)
                        file.Dispose();
                }
            }

            removed.Add(path);
        }

        return new PurgeResult(removed, null);
    }
}

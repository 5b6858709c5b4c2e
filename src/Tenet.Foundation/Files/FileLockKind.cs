namespace Tenet.Foundation.Files;

/// <summary>Which kernel facility locks a file. Two kinds do not see each other, so a file has one kind (contract/storage.md, 1.1).</summary>
public enum FileLockKind
{
    /// <summary>Open-file-description lock over the whole file: segments of the write-ahead log.</summary>
    OpenFileDescription,

    /// <summary>flock: the backend's db file.</summary>
    Flock,
}

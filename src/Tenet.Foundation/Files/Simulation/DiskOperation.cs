namespace Tenet.Foundation.Files.Simulation;

/// <summary>What is done to a simulated disk. Reading is not among it: it changes nothing that a crash could lose.</summary>
public enum DiskOperation
{
    /// <summary>A file comes into being, or an existing one is emptied at opening.</summary>
    CreateFile,

    /// <summary>Bytes are written.</summary>
    Write,

    /// <summary>The length is set.</summary>
    SetLength,

    /// <summary>Space is reserved.</summary>
    Preallocate,

    /// <summary><see cref="IFile.SyncData"/>.</summary>
    SyncData,

    /// <summary><see cref="IFile.Sync"/>.</summary>
    Sync,

    /// <summary>A directory comes into being.</summary>
    CreateDirectory,

    /// <summary>A file or directory gets another name.</summary>
    Rename,

    /// <summary>A file's name is removed.</summary>
    DeleteFile,

    /// <summary>A directory is removed with all in it.</summary>
    DeleteDirectory,

    /// <summary><see cref="IFileSystem.SyncDirectory"/>.</summary>
    SyncDirectory,
}

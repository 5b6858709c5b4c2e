namespace Tenet.Foundation.Files.Simulation;

/// <summary>One operation on a simulated disk.</summary>
/// <param name="Number">Counts from 1 over the life of the <see cref="SimFileSystem"/>.</param>
/// <param name="Operation">What is done.</param>
/// <param name="Path">To which file or directory; of a rename, the source.</param>
/// <param name="Offset">Where a write starts; 0 for all else.</param>
/// <param name="Length">Bytes written, or the length that is set or reserved; 0 for all else.</param>
public readonly record struct DiskEvent(long Number, DiskOperation Operation, string Path, long Offset, long Length)
{
    /// <summary>Whether the operation makes something durable.</summary>
    public bool IsSync => Operation is DiskOperation.SyncData or DiskOperation.Sync or DiskOperation.SyncDirectory;
}

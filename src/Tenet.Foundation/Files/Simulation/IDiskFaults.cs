namespace Tenet.Foundation.Files.Simulation;

/// <summary>
/// Watches a simulated disk and makes it fail. Called on the thread of the operation with no lock held, so it may wait (a slow disk),
/// throw (a broken one), or take a <see cref="SimFileSystem.Crash"/> clone.
/// </summary>
public interface IDiskFaults
{
    /// <summary>
    /// The operation is about to happen. An exception thrown here is what the caller gets, and the operation does not happen.
    /// For the sync of a file it means more: what it should have made durable never becomes durable, also not by a later sync that succeeds
    /// (the kernel forgets pages that it failed to write).
    /// </summary>
    void Before(in DiskEvent operation)
    {
    }

    /// <summary>The operation has happened.</summary>
    void After(in DiskEvent operation)
    {
    }
}

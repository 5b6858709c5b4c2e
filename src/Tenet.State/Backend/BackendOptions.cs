namespace Tenet.State.Backends;

/// <summary>How a backend is opened and how much it gathers before it wants to commit.</summary>
public sealed record BackendOptions
{
    /// <summary>Operations in the open batch after which <see cref="Backend.WantsCommit"/> holds.</summary>
    public int BatchLimit { get; init; } = 10_000;

    /// <summary>Bytes in the open batch after which <see cref="Backend.WantsCommit"/> holds, so that large values bound memory too.</summary>
    public long BatchBytes { get; init; } = 64 << 20;

    /// <summary>How much of the file to map at first, in bytes; 0 lets the file decide.</summary>
    public long InitialMapBytes { get; init; }

    /// <summary>
    /// Open an existing file to look at it: nothing can be committed, missing buckets stay missing and read as empty, and left-overs of a defragmentation stay.
    /// </summary>
    public bool ReadOnly { get; init; }

    /// <summary>Commits without syncing the file (<c>--unsafe-no-fsync</c>).</summary>
    public bool UnsafeNoFsync { get; init; }

    /// <summary>Keeps the file's pages in memory (<c>--memory-mlock</c>).</summary>
    public bool LockMemory { get; init; }

    /// <summary>How long to wait for another process to release the file; null waits forever.</summary>
    public TimeSpan? LockTimeout { get; init; }
}

namespace Tenet.Bolt;

/// <summary>How a database file is opened.</summary>
public sealed record BoltOptions
{
    /// <summary>Open an existing file for reading under a shared lock. Every write is refused.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>
    /// With <see cref="ReadOnly"/>: take no lock, so that nobody has to wait for it. What is read holds only while nobody commits to the file; whoever asks for this
    /// compares the newest txid before and after.
    /// </summary>
    public bool WithoutLock { get; init; }

    /// <summary>Leave out every sync: a crash of the machine may then lose or destroy the file (etcd's <c>--unsafe-no-fsync</c>).</summary>
    public bool NoSync { get; init; }

    /// <summary>
    /// Do not store the list of free pages; it is found again at opening by walking the tree. True on etcd for Linux
    /// (contract/storage.md, 4.5).
    /// </summary>
    public bool NoFreelistSync { get; init; } = true;

    /// <summary>Address space to map at opening, in bytes; 0 maps what the file needs (contract/storage.md, 4.8).</summary>
    public long InitialMapBytes { get; init; }

    /// <summary>Page size of a file that this call creates, a power of two from 1024 to 65536; 0 takes the machine's. Existing files say their own.</summary>
    public int PageSize { get; init; }

    /// <summary>Keep the file's pages in memory (etcd's <c>--memory-mlock</c>).</summary>
    public bool LockMemory { get; init; }

    /// <summary>How long to wait for the file lock; null waits for as long as it takes.</summary>
    public TimeSpan? LockTimeout { get; init; }

    /// <summary>Check the whole file after every commit and throw if anything is wrong. For tests.</summary>
    public bool Strict { get; init; }
}

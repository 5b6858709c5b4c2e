namespace Tenet.Foundation.Files;

/// <summary>A read-only view of a file that shows later writes to it. Valid until disposed; whoever hands out spans keeps it alive.</summary>
public interface IFileMapping : IDisposable
{
    /// <summary>The mapped length in bytes, which may exceed the file's.</summary>
    long Capacity { get; }

    /// <summary>Bytes of the file, without a copy. The range must lie within the file's present length.</summary>
    ReadOnlySpan<byte> Slice(long offset, int length);

    /// <summary>As <see cref="Slice"/>, as memory, for callers that keep it while they keep the mapping alive.</summary>
    ReadOnlyMemory<byte> SliceMemory(long offset, int length);

    /// <summary>Keeps the file's first bytes in memory from now on, for as long as the mapping lives.</summary>
    /// <exception cref="IOException">The system does not allow that much.</exception>
    void Lock(long length);
}

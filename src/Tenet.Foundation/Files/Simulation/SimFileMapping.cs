namespace Tenet.Foundation.Files.Simulation;

/// <summary>
/// Slices the file's present array. A slice shows later writes as long as the file does not outgrow its array; a new slice always does.
/// </summary>
internal sealed class SimFileMapping(SimFileNode node, long capacity, string path) : IFileMapping
{
    private bool _closed;

    public long Capacity => capacity;

    public ReadOnlySpan<byte> Slice(long offset, int length) => SliceMemory(offset, length).Span;

    public ReadOnlyMemory<byte> SliceMemory(long offset, int length)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (offset < 0 || length < 0 || offset > capacity - length)
            throw new CorruptionException(path, offset, $"a range within the mapped {capacity} bytes", $"a range of {length} bytes");
        return node.Slice(offset, length, path);
    }

    public void Lock(long length)
    {
        // It is in memory.
    }

    public void Dispose() => _closed = true;
}

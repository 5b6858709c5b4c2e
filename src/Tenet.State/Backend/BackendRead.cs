namespace Tenet.State.Backends;

/// <summary>
/// What the backend held at one moment: the file's committed content under the batches that were not yet in it. Safe to use from one
/// thread at a time. Spans it hands out are valid until it is disposed.
/// </summary>
public sealed class BackendRead : IDisposable
{
    /// <summary>The value of a key.</summary>
    public bool TryGet(Bucket bucket, ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value) => throw new NotImplementedException();

    /// <summary>The records of a bucket from <paramref name="start"/> on, in key order.</summary>
    public BackendCursor Scan(Bucket bucket, ReadOnlySpan<byte> start) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose() => throw new NotImplementedException();
}

namespace Tenet.State.Backends;

/// <summary>The bytes of a db file as of one commit; later commits do not change them.</summary>
public sealed class BackendImage : IDisposable
{
    /// <summary>How many bytes there are.</summary>
    public long Length => throw new NotImplementedException();

    /// <summary>The consistent index in the image; 0 if none.</summary>
    public ulong ConsistentIndex => throw new NotImplementedException();

    /// <summary>Copies the next bytes.</summary>
    /// <returns>Bytes copied; 0 after the last.</returns>
    public int Read(Span<byte> buffer) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose() => throw new NotImplementedException();
}

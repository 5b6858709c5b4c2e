using System.Buffers.Binary;
using Tenet.Bolt;

namespace Tenet.State.Backends;

/// <summary>The bytes of a db file as of one commit (contract/storage.md, 7.1); later commits do not change them.</summary>
public sealed class BackendImage : IDisposable
{
    private readonly BackendRead _read;
    private readonly BoltReadTransaction _transaction;
    private Action? _closed;
    private long _position;

    internal BackendImage(BackendRead read, Action? closed)
    {
        _closed = closed;
        _read = read;
        _transaction = read.Committed;
        Length = _transaction.ImageLength;
        if (_transaction.Bucket(BucketNames.Of(Bucket.Meta)) is { } meta
            && meta.TryGet(MetaKeys.ConsistentIndex, out ReadOnlySpan<byte> index) && index.Length == sizeof(ulong))
        {
            ConsistentIndex = BinaryPrimitives.ReadUInt64BigEndian(index);
        }
    }

    /// <summary>How many bytes there are.</summary>
    public long Length { get; }

    /// <summary>The consistent index in the image; 0 if none.</summary>
    public ulong ConsistentIndex { get; }

    /// <summary>Copies the next bytes.</summary>
    /// <returns>Bytes copied; 0 after the last.</returns>
    public int Read(Span<byte> buffer)
    {
        int copied = _position >= Length ? 0 : _transaction.ReadImage(_position, buffer);
        _position += copied;
        return copied;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _read.Dispose();
        Interlocked.Exchange(ref _closed, null)?.Invoke();
    }
}

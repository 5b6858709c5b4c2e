using System.Buffers;

namespace Tenet.Rpc.Http;

/// <summary>
/// A body that is written anew for every request: bytes in pooled pieces. A page of half a megabyte in one array would lie where only a full collection looks, and so would
/// each smaller array that it outgrew.
/// </summary>
public sealed class PooledBody : IBufferWriter<byte>, IDisposable
{
    private const int PieceLength = 64 * 1024;

    private readonly List<(byte[] Array, int Length)> _full = [];
    private byte[] _piece = [];
    private int _used;

    /// <summary>How many bytes have been written.</summary>
    public long Length { get; private set; }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        _used += count;
        Length += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        int size = Math.Max(sizeHint, 1);
        if (_piece.Length - _used < size)
        {
            if (_piece.Length > 0)
                _full.Add((_piece, _used));
            (_piece, _used) = (ArrayPool<byte>.Shared.Rent(Math.Max(size, PieceLength)), 0);
        }

        return _piece.AsMemory(_used);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>What has been written, piece by piece.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Pieces()
    {
        foreach ((byte[] array, int length) in _full)
            yield return array.AsMemory(0, length);
        yield return _piece.AsMemory(0, _used);
    }

    /// <summary>Gives the memory back; the body is empty then.</summary>
    public void Dispose()
    {
        foreach ((byte[] array, _) in _full)
            ArrayPool<byte>.Shared.Return(array);
        _full.Clear();
        if (_piece.Length > 0)
            ArrayPool<byte>.Shared.Return(_piece);
        (_piece, _used, Length) = ([], 0, 0);
    }
}

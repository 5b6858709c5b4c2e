using System.Buffers;

namespace Tenet.State.Mvcc;

/// <summary>Bytes in pooled chunks that grow from small to large, so that a single value takes little and a large range is never one huge array.</summary>
internal sealed class ChunkedBuffer : IDisposable
{
    private const int FirstChunk = 512;
    private const int ChunkMax = 256 * 1024;

    private readonly List<byte[]> _full = [];
    private readonly List<int> _fullLengths = [];
    private byte[] _chunk = [];
    private int _used;

    public long Length { get; private set; }

    /// <summary>The next bytes, in one piece, to be written by the caller.</summary>
    public Span<byte> Take(int size)
    {
        if (_chunk.Length - _used < size)
        {
            int next = Math.Clamp(_chunk.Length * 2, FirstChunk, ChunkMax);
            if (_used > 0)
            {
                _full.Add(_chunk);
                _fullLengths.Add(_used);
            }
            else if (_chunk.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(_chunk);
            }

            (_chunk, _used) = (ArrayPool<byte>.Shared.Rent(Math.Max(size, next)), 0);
        }

        Span<byte> taken = _chunk.AsSpan(_used, size);
        _used += size;
        Length += size;
        return taken;
    }

    /// <summary>How many pieces there are; what was taken at once lies in one piece.</summary>
    public int Pieces => _full.Count + 1;

    public ReadOnlySpan<byte> Piece(int index) => index < _full.Count ? _full[index].AsSpan(0, _fullLengths[index]) : _chunk.AsSpan(0, _used);

    public void Dispose()
    {
        foreach (byte[] chunk in _full)
            ArrayPool<byte>.Shared.Return(chunk);
        _full.Clear();
        if (_chunk.Length > 0)
            ArrayPool<byte>.Shared.Return(_chunk);
        (_chunk, _used, Length) = ([], 0, 0);
    }
}

using System.Buffers.Binary;

namespace Tenet.Peer.Framing;

/// <summary>
/// Takes frames apart as they arrive. What it hands out stays valid for good: bytes are read into a block that is never written twice, and
/// messages keep slices of it, so entries go from the socket to the log without another copy. A block is given up when it is full.
/// Memory grows with what has arrived, never with what was announced.
/// </summary>
internal sealed class FrameSource(Stream stream)
{
    /// <summary>Below the size at which arrays live apart and are collected late.</summary>
    private const int BlockBytes = 64 * 1024;

    /// <summary>A rest smaller than this is not worth a call to the socket.</summary>
    private const int RestBytesMin = 2 * 1024;

    private byte[] _block = new byte[BlockBytes];
    private int _start;
    private int _end;

    /// <summary>Bytes that have arrived so far.</summary>
    public long Received { get; private set; }

    /// <summary>Bytes that have been taken so far.</summary>
    public long Taken => Received - (_end - _start);

    /// <summary>Whether another byte can be taken; false at the end of the stream.</summary>
    public ValueTask<bool> HasMoreAsync(CancellationToken cancellation) =>
        _end > _start ? ValueTask.FromResult(true) : FillAsync(1, cancellation);

    /// <summary>The next bytes.</summary>
    /// <exception cref="EndOfStreamException">The stream ends before.</exception>
    public ValueTask<ReadOnlyMemory<byte>> TakeAsync(int count, CancellationToken cancellation) =>
        _end - _start >= count ? ValueTask.FromResult(Take(count)) : TakeSlowlyAsync(count, cancellation);

    /// <summary>The next byte.</summary>
    /// <exception cref="EndOfStreamException">The stream ends before.</exception>
    public async ValueTask<byte> TakeByteAsync(CancellationToken cancellation) => (await TakeAsync(1, cancellation)).Span[0];

    /// <summary>The next eight bytes as a number, the highest byte first.</summary>
    /// <exception cref="EndOfStreamException">The stream ends before.</exception>
    public async ValueTask<ulong> TakeNumberAsync(CancellationToken cancellation) =>
        BinaryPrimitives.ReadUInt64BigEndian((await TakeAsync(sizeof(ulong), cancellation)).Span);

    /// <summary>The next eight bytes as a length that is believed.</summary>
    /// <exception cref="FrameException">It is larger than <paramref name="max"/>.</exception>
    /// <exception cref="EndOfStreamException">The stream ends before.</exception>
    public async ValueTask<int> TakeLengthAsync(long max, CancellationToken cancellation)
    {
        ulong length = await TakeNumberAsync(cancellation);
        return max >= 0 && length <= (ulong)max ? (int)length : throw FrameException.LimitExceeded();
    }

    /// <summary>What has arrived and was not taken, up to the size of <paramref name="into"/>; then what the stream has.</summary>
    /// <returns>Bytes copied; 0 at the end.</returns>
    public async ValueTask<int> ReadAsync(Memory<byte> into, CancellationToken cancellation)
    {
        if (_end == _start)
        {
            int read = await stream.ReadAsync(into, cancellation);
            Received += read;
            return read;
        }
        ReadOnlyMemory<byte> waiting = Take(Math.Min(into.Length, _end - _start));
        waiting.CopyTo(into);
        return waiting.Length;
    }

    private ReadOnlyMemory<byte> Take(int count)
    {
        ReadOnlyMemory<byte> taken = _block.AsMemory(_start, count);
        _start += count;
        return taken;
    }

    private async ValueTask<ReadOnlyMemory<byte>> TakeSlowlyAsync(int count, CancellationToken cancellation)
    {
        if (!await FillAsync(count, cancellation))
            throw new EndOfStreamException("unexpected EOF");
        return Take(count);
    }

    /// <summary>Reads until so many bytes wait; false if the stream ends before.</summary>
    private async ValueTask<bool> FillAsync(int count, CancellationToken cancellation)
    {
        while (_end - _start < count)
        {
            if (_block.Length - _end < Math.Min(RestBytesMin, count - (_end - _start)) || _end == _block.Length)
                Renew(count);
            int read = await stream.ReadAsync(_block.AsMemory(_end), cancellation);
            if (read == 0)
                return false;
            Received += read;
            _end += read;
        }
        return true;
    }

    /// <summary>Goes on in a new block that begins with what is left, twice as large as that if a large frame is under way.</summary>
    private void Renew(int count)
    {
        int left = _end - _start;
        long size = Math.Max(BlockBytes, Math.Min(count, Math.Max(left * 2L, BlockBytes)));
        byte[] next = new byte[size];
        _block.AsSpan(_start, left).CopyTo(next);
        (_block, _start, _end) = (next, 0, left);
    }
}

using System.Buffers;
using System.IO.Pipelines;

namespace Tenet.Rpc.Gateway.Json;

/// <summary>Bytes on their way out, in pooled pieces: as long as need be, never in one block, and given back piece by piece as they leave.</summary>
internal sealed class JsonOutput : IDisposable
{
    private const int FirstBytes = 4 * 1024;
    private const int PieceBytes = 64 * 1024;

    private readonly List<ArraySegment<byte>> _full = [];
    private byte[] _last = [];
    private int _used;

    /// <summary>How many bytes are in it.</summary>
    public long Length { get; private set; }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            Span<byte> room = Room(1);
            int part = Math.Min(room.Length, bytes.Length);
            bytes[..part].CopyTo(room);
            Advance(part);
            bytes = bytes[part..];
        }
    }

    public void Write(byte one)
    {
        Room(1)[0] = one;
        Advance(1);
    }

    /// <summary>Room for at least so many bytes, which must be few.</summary>
    public Span<byte> Room(int bytes)
    {
        if (_last.Length - _used < bytes)
        {
            if (_used > 0)
                _full.Add(new ArraySegment<byte>(_last, 0, _used));
            _last = ArrayPool<byte>.Shared.Rent(Math.Max(bytes, _full.Count == 0 ? FirstBytes : PieceBytes));
            _used = 0;
        }

        return _last.AsSpan(_used);
    }

    public void Advance(int bytes)
    {
        _used += bytes;
        Length += bytes;
    }

    /// <summary>Puts everything into a pipe without waiting for anybody to take it, and is empty then.</summary>
    public void MoveTo(PipeWriter writer)
    {
        foreach (ArraySegment<byte> piece in _full)
        {
            writer.Write(piece.AsSpan());
            ArrayPool<byte>.Shared.Return(piece.Array!);
        }

        _full.Clear();
        writer.Write(_last.AsSpan(0, _used));
        _used = 0;
        Length = 0;
    }

    /// <summary>Sends everything at the pace of whoever takes it, and is empty then. Pieces that have left are free at once.</summary>
    public async ValueTask SendToAsync(PipeWriter writer, CancellationToken cancellation)
    {
        while (_full.Count > 0)
        {
            // From the front, and few: a piece is large.
            ArraySegment<byte> piece = _full[0];
            _full.RemoveAt(0);
            writer.Write(piece.AsSpan());
            ArrayPool<byte>.Shared.Return(piece.Array!);
            await writer.FlushAsync(cancellation);
        }

        writer.Write(_last.AsSpan(0, _used));
        _used = 0;
        Length = 0;
        await writer.FlushAsync(cancellation);
    }

    /// <summary>Everything as one block, for what must be one message.</summary>
    public byte[] ToArray()
    {
        byte[] all = new byte[Length];
        int at = 0;
        foreach (ArraySegment<byte> piece in _full)
        {
            piece.AsSpan().CopyTo(all.AsSpan(at));
            at += piece.Count;
        }

        _last.AsSpan(0, _used).CopyTo(all.AsSpan(at));
        return all;
    }

    public void Dispose()
    {
        foreach (ArraySegment<byte> piece in _full)
            ArrayPool<byte>.Shared.Return(piece.Array!);
        _full.Clear();
        if (_last.Length > 0)
            ArrayPool<byte>.Shared.Return(_last);
        _last = [];
        _used = 0;
        Length = 0;
    }
}

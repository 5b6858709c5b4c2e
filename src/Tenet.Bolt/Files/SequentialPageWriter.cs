using Tenet.Foundation;
using Tenet.Foundation.Files;

namespace Tenet.Bolt.Files;

/// <summary>Gathers what is written to adjacent places into large writes. Bytes reach the file at the latest by <see cref="Flush"/>.</summary>
internal sealed class SequentialPageWriter(byte[] buffer)
{
    private IFile? _file;
    private long _offset;
    private int _used;

    /// <summary>Where the next byte goes.</summary>
    public long Position => _offset + _used;

    public void Begin(IFile file)
    {
        _file = file;
        _offset = 0;
        _used = 0;
    }

    public void MoveTo(long offset)
    {
        if (offset == Position)
            return;
        Flush();
        _offset = offset;
    }

    /// <summary>Room of this many bytes to fill in, at most the buffer's size.</summary>
    public Span<byte> Take(int length)
    {
        if (length > buffer.Length - _used)
            Flush();
        Span<byte> room = buffer.AsSpan(_used, length);
        _used += length;
        return room;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > buffer.Length - _used)
            Flush();
        if (bytes.Length >= buffer.Length)
        {
            Write(bytes);
            return;
        }

        bytes.CopyTo(buffer.AsSpan(_used));
        _used += bytes.Length;
    }

    public void ZeroTo(long offset)
    {
        Invariant.That(offset >= Position, $"a page's content ends at {Position}, behind the page's end at {offset}");
        while (Position < offset)
            Take((int)Math.Min(offset - Position, buffer.Length)).Clear();
    }

    public void Flush()
    {
        if (_used == 0)
            return;
        int length = _used;
        _used = 0;
        Write(buffer.AsSpan(0, length));
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        Invariant.That(_file is not null, $"nothing was begun");
        _file.Write(bytes, _offset);
        _offset += bytes.Length;
    }
}

using System.Buffers.Binary;
using Tenet.State.Mvcc;

namespace Tenet.State.Backends;

/// <summary>Walks the logged records of bucket <c>key</c>.</summary>
internal sealed class LogCursor : IOverlayCursor
{
    private readonly BatchView _view;
    private readonly byte[] _key = new byte[Revision.TombstoneKeyLength];
    private int _keyLength;
    private int _index;

    public LogCursor(BatchView view, ReadOnlySpan<byte> start)
    {
        _view = view;
        Span<byte> padded = stackalloc byte[Revision.KeyLength];
        start[..Math.Min(start.Length, padded.Length)].CopyTo(padded);
        long main = BinaryPrimitives.ReadInt64BigEndian(padded);
        _index = main < 0 ? view.LogCount : view.LogLowerBound(new Revision(main, 0));
        Load();
        while (IsValid && Key.SequenceCompareTo(start) < 0)
            MoveNext();
    }

    public bool IsValid => _index < _view.LogCount;

    public ReadOnlySpan<byte> Key => _key.AsSpan(0, _keyLength);

    public ReadOnlySpan<byte> Value => _view.LogAt(_index).Value.Span;

    public bool IsDeletion => false;

    public void MoveNext()
    {
        _index++;
        Load();
    }

    private void Load()
    {
        if (IsValid)
            _keyLength = _view.LogAt(_index).Key.Write(_key);
    }
}

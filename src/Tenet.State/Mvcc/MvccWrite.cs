using Tenet.Foundation;
using Tenet.State.Mvcc.Index;

namespace Tenet.State.Mvcc;

/// <summary>
/// A write transaction: all its changes get one revision (contract/storage.md, 6.5). Nothing of it may fail half-way: an exception stops
/// the member. Readers see its changes once it has ended, its own reads see them at once.
/// </summary>
public sealed class MvccWrite : IDisposable
{
    private readonly MvccStore _store;
    private readonly List<MvccEvent> _events = [];
    private long _start;
    private bool _isOpen;

    internal MvccWrite(MvccStore store) => _store = store;

    /// <summary>The revision that reads in this transaction see: the current one, or one more once something has changed.</summary>
    public long Revision => _events.Count == 0 ? _start : _start + 1;

    /// <summary>Puts a key and attaches it to the lease (0: to none), which must exist.</summary>
    /// <returns>The transaction's revision.</returns>
    public long Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long lease)
    {
        var revision = new Revision(_start + 1, _events.Count);
        _events.Add(_store.WritePut(revision, key, value, lease));
        return revision.Main;
    }

    /// <summary>Deletes the keys of a range, in order (an empty end means the one key, a single zero byte means all from the key on).</summary>
    /// <returns>How many there were.</returns>
    public long DeleteRange(ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd)
    {
        KeyRange range = KeyRange.Of(key, rangeEnd);
        if (range.IsSingle)
            return Delete(key) ? 1 : 0;
        using var findings = new RangeFindings();
        Protocol.Errors.EtcdError? error = _store.Find(new RangeQuery { Range = range, WithKeys = true, CurrentRevision = Revision }, findings);
        Invariant.That(error == null, $"reading the present failed: {error}");
        for (int i = 0; i < findings.Count; i++)
            Delete(findings.KeyAt(i));
        return findings.Count;
    }

    /// <summary>Makes the changes visible and tells the observer.</summary>
    public void Dispose()
    {
        if (!_isOpen)
            return;
        _isOpen = false;
        if (_events.Count == 0)
            return;
        _store.Publish(_start + 1, _events);
        _events.Clear();
    }

    internal bool IsOpen => _isOpen;

    internal void Begin(long currentRevision)
    {
        Invariant.That(!_isOpen, $"a write transaction is still open");
        _isOpen = true;
        _start = currentRevision;
    }

    private bool Delete(ReadOnlySpan<byte> key)
    {
        var revision = new Revision(_start + 1, _events.Count);
        if (_store.WriteDelete(revision, key) is not { } deletion)
            return false;
        _events.Add(deletion);
        return true;
    }
}

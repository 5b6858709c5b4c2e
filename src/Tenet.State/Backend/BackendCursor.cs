using Tenet.Bolt;
using Tenet.State.Mvcc;

namespace Tenet.State.Backends;

/// <summary>Walks a bucket in key order: <c>while (cursor.MoveNext()) … cursor.Key, cursor.Value</c>. Lives no longer than its read.</summary>
public sealed class BackendCursor
{
    // Newest first: of records with one key the first source's counts.
    private readonly IOverlayCursor? _open;
    private readonly IOverlayCursor? _sealed;
    private readonly BoltCursor? _stored;
    private readonly Func<Revision, bool>? _isDeleted;
    private bool _storedValid;
    private Source _current;

    internal BackendCursor(
        IOverlayCursor? open, IOverlayCursor? sealedChanges, BoltCursor? stored, ReadOnlySpan<byte> start, Func<Revision, bool>? isDeleted)
    {
        _open = open;
        _sealed = sealedChanges;
        _stored = stored;
        _isDeleted = isDeleted;
        if (stored != null)
            _storedValid = start.IsEmpty ? stored.First() : stored.Seek(start);
    }

    private enum Source
    {
        None,
        Open,
        Sealed,
        Stored,
    }

    /// <summary>The key of the record under the cursor.</summary>
    public ReadOnlySpan<byte> Key => _current switch
    {
        Source.Open => _open!.Key,
        Source.Sealed => _sealed!.Key,
        Source.Stored => _stored!.Key,
        _ => default,
    };

    /// <summary>The value of the record under the cursor.</summary>
    public ReadOnlySpan<byte> Value => _current switch
    {
        Source.Open => _open!.Value,
        Source.Sealed => _sealed!.Value,
        Source.Stored => _stored!.Value,
        _ => default,
    };

    /// <summary>Moves to the first or next record; false after the last.</summary>
    public bool MoveNext()
    {
        while (true)
        {
            Leave();
            _current = Smallest();
            if (_current == Source.None)
                return false;
            if (!IsHidden())
                return true;
        }
    }

    private bool IsHidden() => _current switch
    {
        Source.Open when _open!.IsDeletion => true,
        Source.Sealed when _sealed!.IsDeletion => true,
        _ => _isDeleted != null && Revision.TryRead(Key, out Revision revision, out _) && _isDeleted(revision),
    };

    private Source Smallest()
    {
        Source smallest = Source.None;
        ReadOnlySpan<byte> key = default;
        if (_open is { IsValid: true })
        {
            smallest = Source.Open;
            key = _open.Key;
        }

        if (_sealed is { IsValid: true } && (smallest == Source.None || _sealed.Key.SequenceCompareTo(key) < 0))
        {
            smallest = Source.Sealed;
            key = _sealed.Key;
        }

        if (_storedValid && (smallest == Source.None || _stored!.Key.SequenceCompareTo(key) < 0))
            smallest = Source.Stored;
        return smallest;
    }

    // Steps every source that stands on the current key.
    private void Leave()
    {
        switch (_current)
        {
            case Source.Open:
                if (_sealed is { IsValid: true } && _sealed.Key.SequenceEqual(_open!.Key))
                    _sealed.MoveNext();
                if (_storedValid && _stored!.Key.SequenceEqual(_open!.Key))
                    _storedValid = _stored.Next();
                _open!.MoveNext();
                break;
            case Source.Sealed:
                if (_storedValid && _stored!.Key.SequenceEqual(_sealed!.Key))
                    _storedValid = _stored.Next();
                _sealed!.MoveNext();
                break;
            case Source.Stored:
                _storedValid = _stored!.Next();
                break;
        }
    }
}

using System.Collections.Immutable;

namespace Tenet.State.Backends;

/// <summary>Walks the changes of a bucket other than <c>key</c>.</summary>
internal sealed class ChangesCursor : IOverlayCursor
{
    private ImmutableSortedDictionary<byte[], byte[]?>.Enumerator _changes;

    public ChangesCursor(ImmutableSortedDictionary<byte[], byte[]?> changes, ReadOnlySpan<byte> start)
    {
        _changes = changes.GetEnumerator();
        do
            MoveNext();
        while (IsValid && Key.SequenceCompareTo(start) < 0);
    }

    public bool IsValid { get; private set; }

    public ReadOnlySpan<byte> Key => _changes.Current.Key;

    public ReadOnlySpan<byte> Value => _changes.Current.Value;

    public bool IsDeletion => _changes.Current.Value == null;

    public void MoveNext() => IsValid = _changes.MoveNext();
}

using System.Collections;

namespace Tenet.Raft.Quorum;

/// <summary>An immutable set of member ids, always walked in ascending order.</summary>
internal sealed class MemberSet : IReadOnlyList<ulong>, IEquatable<MemberSet>
{
    private readonly ulong[] _ascending;

    private MemberSet(ulong[] ascending) => _ascending = ascending;

    /// <summary>The set without members.</summary>
    public static MemberSet Empty { get; } = new([]);

    /// <summary>How many members there are.</summary>
    public int Count => _ascending.Length;

    /// <summary>The ids in ascending order.</summary>
    public ReadOnlySpan<ulong> Ids => _ascending;

    /// <inheritdoc/>
    public ulong this[int position] => _ascending[position];

    /// <summary>A set of these ids.</summary>
    public static MemberSet Of(params ReadOnlySpan<ulong> ids)
    {
        MemberSet set = Empty;
        foreach (ulong id in ids)
            set = set.With(id);
        return set;
    }

    /// <summary>Whether the id is a member.</summary>
    public bool Contains(ulong id) => Array.BinarySearch(_ascending, id) >= 0;

    /// <summary>This set and the id.</summary>
    public MemberSet With(ulong id)
    {
        int position = Array.BinarySearch(_ascending, id);
        return position >= 0 ? this : new([.. _ascending[..~position], id, .. _ascending[~position..]]);
    }

    /// <summary>This set without the id.</summary>
    public MemberSet Without(ulong id)
    {
        int position = Array.BinarySearch(_ascending, id);
        return position < 0 ? this : new([.. _ascending[..position], .. _ascending[(position + 1)..]]);
    }

    /// <summary>This set and another.</summary>
    public MemberSet Union(MemberSet other)
    {
        MemberSet all = this;
        foreach (ulong id in other._ascending)
            all = all.With(id);
        return all;
    }

    /// <summary>How many ids are in exactly one of two sets.</summary>
    public int Difference(MemberSet other)
    {
        int different = 0;
        foreach (ulong id in _ascending)
            different += other.Contains(id) ? 0 : 1;
        foreach (ulong id in other._ascending)
            different += Contains(id) ? 0 : 1;
        return different;
    }

    /// <inheritdoc/>
    public bool Equals(MemberSet? other) => other is not null && _ascending.AsSpan().SequenceEqual(other._ascending);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as MemberSet);

    /// <inheritdoc/>
    public override int GetHashCode() => _ascending.Length;

    /// <inheritdoc/>
    public IEnumerator<ulong> GetEnumerator() => ((IEnumerable<ulong>)_ascending).GetEnumerator();

    /// <summary>The ids in hex, separated by blanks, in parentheses.</summary>
    public override string ToString()
    {
        string[] texts = new string[_ascending.Length];
        for (int i = 0; i < texts.Length; i++)
            texts[i] = $"{_ascending[i]:x}";
        return $"({string.Join(' ', texts)})";
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

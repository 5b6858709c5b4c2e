namespace Tenet.State.Mvcc.Index;

/// <summary>Keys from <see cref="Start"/> on, up to before <see cref="End"/> or without end (contract/api.md, 2.2, key ranges).</summary>
internal readonly ref struct KeyRange
{
    private KeyRange(ReadOnlySpan<byte> start, ReadOnlySpan<byte> end, bool single, bool unbounded)
    {
        Start = start;
        End = end;
        IsSingle = single;
        IsUnbounded = unbounded;
    }

    public ReadOnlySpan<byte> Start { get; }

    public ReadOnlySpan<byte> End { get; }

    /// <summary>Exactly the key <see cref="Start"/>.</summary>
    public bool IsSingle { get; }

    /// <summary>There is no end.</summary>
    public bool IsUnbounded { get; }

    /// <summary>No key can be in it.</summary>
    public bool IsEmpty => !IsSingle && !IsUnbounded && End.SequenceCompareTo(Start) <= 0;

    public static KeyRange All => new([], [], single: false, unbounded: true);

    /// <summary>The range that a request means.</summary>
    public static KeyRange Of(ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd) => rangeEnd switch
    {
        [] => new(key, [], single: true, unbounded: false),
        [0] => new(key, [], single: false, unbounded: true),
        _ => new(key, rangeEnd, single: false, unbounded: false),
    };

    /// <summary>Whether a key is in it.</summary>
    public bool Contains(ReadOnlySpan<byte> key) => IsSingle
        ? key.SequenceEqual(Start)
        : key.SequenceCompareTo(Start) >= 0 && (IsUnbounded || key.SequenceCompareTo(End) < 0);

    /// <summary>The same end with another start.</summary>
    public KeyRange From(ReadOnlySpan<byte> start) => new(start, End, IsSingle, IsUnbounded);
}

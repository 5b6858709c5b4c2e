namespace Tenet.Raft;

/// <summary>One entry of the log. A proposal has neither term nor index until the leader appends it.</summary>
/// <param name="Term">The term of the leader that appended it.</param>
/// <param name="Index">Its place in the log, counted from 1.</param>
/// <param name="Type">What the data means.</param>
/// <param name="Data">The payload; whoever makes the entry leaves these bytes alone from then on.</param>
public readonly record struct Entry(ulong Term, ulong Index, EntryType Type, ReadOnlyMemory<byte> Data)
{
    /// <summary>Default-valued fields that are on the wire nevertheless. Not part of equality.</summary>
    public EntryFields Explicit { get; init; }

    /// <summary>Same term, index, type and data bytes.</summary>
    public bool Equals(Entry other) =>
        Term == other.Term && Index == other.Index && Type == other.Type && Data.Span.SequenceEqual(other.Data.Span);

    /// <inheritdoc/>
    public override int GetHashCode() => (Term * 31 + Index).GetHashCode();
}

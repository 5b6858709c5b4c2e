using System.Buffers.Binary;

namespace Tenet.State.Mvcc;

/// <summary>A place in history: the revision of the transaction, and the place of the change within it.</summary>
public readonly record struct Revision(long Main, long Sub) : IComparable<Revision>
{
    /// <summary>The length of a stored revision, in bytes.</summary>
    public const int KeyLength = 17;

    /// <summary>The length of a stored revision that marks a deletion, in bytes.</summary>
    public const int TombstoneKeyLength = 18;

    private const byte Separator = (byte)'_';
    private const byte Tombstone = (byte)'t';

    /// <inheritdoc/>
    public int CompareTo(Revision other) => Main != other.Main ? Main.CompareTo(other.Main) : Sub.CompareTo(other.Sub);

    /// <summary>Writes the stored form (contract/storage.md, 5.2).</summary>
    /// <returns>How many bytes of <paramref name="key"/> it took: 17, or 18 for a deletion.</returns>
    public int Write(Span<byte> key, bool tombstone = false)
    {
        BinaryPrimitives.WriteInt64BigEndian(key, Main);
        key[8] = Separator;
        BinaryPrimitives.WriteInt64BigEndian(key[9..], Sub);
        if (!tombstone)
            return KeyLength;
        key[KeyLength] = Tombstone;
        return TombstoneKeyLength;
    }

    /// <summary>Reads the stored form; false if the bytes are not one.</summary>
    public static bool TryRead(ReadOnlySpan<byte> key, out Revision revision, out bool tombstone)
    {
        tombstone = key.Length == TombstoneKeyLength;
        revision = default;
        if (!(tombstone ? key[KeyLength] == Tombstone : key.Length == KeyLength) || key[8] != Separator)
            return false;
        revision = new Revision(BinaryPrimitives.ReadInt64BigEndian(key), BinaryPrimitives.ReadInt64BigEndian(key[9..]));
        return revision.Main >= 0 && revision.Sub >= 0;
    }

    /// <summary>Whether it is earlier.</summary>
    public static bool operator <(Revision left, Revision right) => left.CompareTo(right) < 0;

    /// <summary>Whether it is later.</summary>
    public static bool operator >(Revision left, Revision right) => left.CompareTo(right) > 0;

    /// <summary>Whether it is not later.</summary>
    public static bool operator <=(Revision left, Revision right) => left.CompareTo(right) <= 0;

    /// <summary>Whether it is not earlier.</summary>
    public static bool operator >=(Revision left, Revision right) => left.CompareTo(right) >= 0;
}

using Tenet.State.Mvcc;

namespace Tenet.State.Backends;

/// <summary>A key of bucket <c>key</c>: a revision, and whether the record is a deletion.</summary>
internal readonly record struct StoredRevision(Revision Revision, bool IsTombstone) : IComparable<StoredRevision>
{
    public int KeyLength => IsTombstone ? Revision.TombstoneKeyLength : Revision.KeyLength;

    public int CompareTo(StoredRevision other) => Revision.CompareTo(other.Revision);

    public int Write(Span<byte> key) => Revision.Write(key, IsTombstone);
}

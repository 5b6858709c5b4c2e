using Tenet.Foundation.Checksums;

namespace Tenet.State.Mvcc;

/// <summary>The running hash of HashKV (contract/storage.md, 6.6).</summary>
internal readonly record struct HistoryHash(uint Value)
{
    /// <summary>Over no record yet: the bucket's name only.</summary>
    public static HistoryHash Empty { get; } = new(Crc32C.Compute("key"u8));

    /// <summary>Feeds a record, unless it is none that counts.</summary>
    /// <param name="stored">The stored key.</param>
    /// <param name="value">The stored value.</param>
    /// <param name="revision">The revision in the stored key.</param>
    /// <param name="tombstone">Whether it is a deletion.</param>
    /// <param name="compactRevision">The compact revision of the hash.</param>
    /// <param name="isDropped">Compaction at the hash's revision drops the record (and keeps another).</param>
    public HistoryHash Add(
        ReadOnlySpan<byte> stored, ReadOnlySpan<byte> value, Revision revision, bool tombstone, long compactRevision, bool isDropped)
    {
        // Older versions drop the tombstone at the compact revision, newer ones keep it: neither counts it.
        if ((isDropped && revision.Main <= compactRevision) || (tombstone && revision.Main == compactRevision))
            return this;
        return new HistoryHash(Crc32C.Update(Crc32C.Update(Value, stored), value));
    }
}

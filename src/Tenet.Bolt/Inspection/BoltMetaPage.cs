using Tenet.Foundation;

namespace Tenet.Bolt.Inspection;

/// <summary>What stands on a meta page (contract/storage.md, 4.2), whether or not it can be used.</summary>
/// <param name="Page">0 or 1.</param>
/// <param name="Magic">What should be <c>ED0CDAED</c>.</param>
/// <param name="Version">The version of the format.</param>
/// <param name="PageSize">Bytes of a page.</param>
/// <param name="Flags">Not used by anybody.</param>
/// <param name="Root">The root page of the root bucket.</param>
/// <param name="Sequence">The sequence of the root bucket.</param>
/// <param name="Freelist">The page of the free list; all ones if it is not stored.</param>
/// <param name="HighWater">The first page never used.</param>
/// <param name="TxId">The transaction that committed this state.</param>
/// <param name="Checksum">Over all before it.</param>
/// <param name="Defect">Why the page cannot be used; null if it can.</param>
public sealed record BoltMetaPage(
    ulong Page,
    uint Magic,
    uint Version,
    uint PageSize,
    uint Flags,
    ulong Root,
    ulong Sequence,
    ulong Freelist,
    ulong HighWater,
    ulong TxId,
    ulong Checksum,
    CorruptionException? Defect);

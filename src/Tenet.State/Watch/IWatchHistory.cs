using Tenet.State.Mvcc;

namespace Tenet.State.Watch;

/// <summary>What watchers need of the store: the past to catch up from. Any thread.</summary>
internal interface IWatchHistory
{
    /// <summary>The revision of the last write that is visible.</summary>
    long CurrentRevision { get; }

    /// <summary>Events below this revision may be gone.</summary>
    long CompactRevision { get; }

    /// <summary>Events of whole revisions, about this many bytes of them and at least one revision; refused if the revision has been compacted.</summary>
    Outcome<HistoryPage> ReadHistory(long fromRevision, long maxBytes);

    /// <summary>The encoded pair of a key as of a revision; false if there was none, or if it has been compacted.</summary>
    bool TryGetAt(ReadOnlySpan<byte> key, long revision, out ReadOnlyMemory<byte> keyValue);
}

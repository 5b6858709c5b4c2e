using Tenet.State.Mvcc;

namespace Tenet.State.Watch;

/// <summary>The history of a <see cref="MvccStore"/>.</summary>
internal sealed class StoreHistory(MvccStore store) : IWatchHistory
{
    public long CurrentRevision => store.CurrentRevision;

    public long CompactRevision => store.CompactRevision;

    public Outcome<HistoryPage> ReadHistory(long fromRevision, long maxBytes) => store.ReadHistory(fromRevision, maxBytes);

    public bool TryGetAt(ReadOnlySpan<byte> key, long revision, out ReadOnlyMemory<byte> keyValue) => store.TryGetAt(key, revision, out keyValue);
}

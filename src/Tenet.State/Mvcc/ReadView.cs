using Tenet.State.Backends;
using Tenet.State.Mvcc.Index;

namespace Tenet.State.Mvcc;

/// <summary>The store at one moment, for several reads that must agree. Dispose it: a compaction waits for it.</summary>
internal sealed class ReadView(RevisionPins pins, KeyIndex index, long currentRevision, long compactRevision, BackendRead read) : IDisposable
{
    /// <summary>The index that belongs to the read, also after a leader's snapshot has put another in its place.</summary>
    public KeyIndex Index => index;

    public long CurrentRevision => currentRevision;

    public long CompactRevision => compactRevision;

    public BackendRead Read => read;

    public void Dispose()
    {
        pins.Remove(currentRevision);
        read.Dispose();
    }
}

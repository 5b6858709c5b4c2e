using Tenet.State.Backends;

namespace Tenet.State.Mvcc;

/// <summary>The store at one moment, for several reads that must agree. Dispose it: a compaction waits for it.</summary>
internal sealed class ReadView(RevisionPins pins, long currentRevision, long compactRevision, BackendRead read) : IDisposable
{
    public long CurrentRevision => currentRevision;

    public long CompactRevision => compactRevision;

    public BackendRead Read => read;

    public void Dispose()
    {
        pins.Remove(currentRevision);
        read.Dispose();
    }
}

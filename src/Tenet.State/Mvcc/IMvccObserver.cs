namespace Tenet.State.Mvcc;

/// <summary>Is told of every write transaction that changed something.</summary>
public interface IMvccObserver
{
    /// <summary>Called on the apply thread, after readers can see the revision.</summary>
    /// <param name="revision">The transaction's revision; each one is one higher than the last.</param>
    /// <param name="events">The changes in order. The list is reused after the call; the events may be kept.</param>
    void Written(long revision, IReadOnlyList<MvccEvent> events);
}

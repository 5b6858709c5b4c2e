namespace Tenet.State.Mvcc;

/// <summary>Is told of every write transaction that changed something.</summary>
public interface IMvccObserver
{
    /// <summary>Called on the apply thread, after readers can see the revision.</summary>
    /// <param name="revision">The transaction's revision; each one is one higher than the last.</param>
    /// <param name="events">The changes in order. The list is reused after the call; the events may be kept.</param>
    void Written(long revision, IReadOnlyList<MvccEvent> events);

    /// <summary>
    /// Called on the apply thread after a leader's snapshot has taken the place of the store, readers included. The history up to the old revision is unchanged, except that
    /// more of it may be compacted; what lies between the old and the new revision was not reported and is not going to be.
    /// </summary>
    /// <param name="revision">The revision now; the next write has the one after it.</param>
    void Replaced(long revision);
}

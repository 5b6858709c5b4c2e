namespace Tenet.State.Mvcc;

/// <summary>A stretch of history: all events of whole revisions, in order.</summary>
/// <param name="Events">The events of revisions from the one asked for up to before <paramref name="NextRevision"/>.</param>
/// <param name="NextRevision">Where to go on; the current revision + 1 when the page reaches the present.</param>
public sealed record HistoryPage(IReadOnlyList<MvccEvent> Events, long NextRevision);

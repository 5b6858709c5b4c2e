namespace Tenet.Client;

/// <summary>Changes that came together. What one transaction changed is never split over two batches.</summary>
/// <param name="Revision">Everything up to this revision has been told; a watch that begins at the next one goes on from here.</param>
/// <param name="Events">The changes, in the order in which they happened; none if the server only told how far it is.</param>
public sealed record WatchBatch(long Revision, IReadOnlyList<WatchEvent> Events);

namespace Tenet.State.Mvcc;

/// <summary>Where a read stands: on its own (the default), in a view, or in a write transaction that sees its own changes.</summary>
/// <param name="View">The view; null for none.</param>
/// <param name="CurrentRevision">The revision that a write transaction sees as current; 0 outside of one.</param>
internal readonly record struct ReadContext(ReadView? View, long CurrentRevision);

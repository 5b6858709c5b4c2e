namespace Tenet.Bolt.Space;

/// <summary>Adjacent pages that were allocated, and are freed, as one.</summary>
/// <param name="Start">The first page.</param>
/// <param name="Count">How many.</param>
/// <param name="AllocatedBy">The transaction that allocated them; 0 if that is not known.</param>
internal readonly record struct PageSpan(ulong Start, uint Count, ulong AllocatedBy);

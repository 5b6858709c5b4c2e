namespace Tenet.Raft;

/// <summary>What may be forgotten: who leads, and what this member is.</summary>
/// <param name="Lead">The leader's id, 0 if unknown.</param>
/// <param name="Role">This member's role.</param>
public readonly record struct SoftState(ulong Lead, RaftRole Role);

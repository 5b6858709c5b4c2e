namespace Tenet.Raft;

/// <summary>One step of a configuration change.</summary>
/// <param name="Type">What happens.</param>
/// <param name="NodeId">To whom; 0 is skipped when applied.</param>
public readonly record struct ConfChangeSingle(ConfChangeType Type, ulong NodeId);

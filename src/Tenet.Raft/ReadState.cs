namespace Tenet.Raft;

/// <summary>The answer to one read request: once everything up to the index has been applied, a read is linearizable.</summary>
/// <param name="Index">The read index.</param>
/// <param name="Context">The bytes given with the request.</param>
public readonly record struct ReadState(ulong Index, ReadOnlyMemory<byte> Context);

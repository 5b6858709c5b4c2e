namespace Tenet.Raft.Wire;

/// <summary>
/// Bytes that are no raftpb message. Where they came from a file, the reader of the file turns this into a corruption report.
/// </summary>
public sealed class RaftWireException(string message) : FormatException(message);

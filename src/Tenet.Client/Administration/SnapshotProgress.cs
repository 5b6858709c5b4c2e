namespace Tenet.Client;

/// <summary>How far a snapshot has come.</summary>
/// <param name="BytesWritten">What was written.</param>
/// <param name="BytesRemaining">What the server says is left.</param>
public readonly record struct SnapshotProgress(long BytesWritten, long BytesRemaining);

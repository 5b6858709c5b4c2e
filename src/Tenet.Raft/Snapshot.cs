namespace Tenet.Raft;

/// <summary>The state machine as of one index, standing in for every entry up to and including it.</summary>
/// <param name="Index">The last index it covers; 0 means "no snapshot".</param>
/// <param name="Term">The term of the entry at that index.</param>
/// <param name="ConfState">The membership as of that index.</param>
/// <param name="Data">The application's bytes.</param>
public sealed record Snapshot(ulong Index, ulong Term, ConfState ConfState, ReadOnlyMemory<byte> Data)
{
    /// <summary>No snapshot.</summary>
    public static Snapshot Empty { get; } = new(0, 0, ConfState.Empty, default);

    /// <summary>True if it covers nothing. A received snapshot field of that kind means that there is none.</summary>
    public bool IsEmpty => Index == 0;

    /// <inheritdoc/>
    public override string ToString() => $"Index:{Index} Term:{Term} ConfState:{ConfState}";
}

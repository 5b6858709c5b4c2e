namespace Tenet.Raft;

/// <summary>Committed entries for the state machine, to be applied in the order in which they were handed out.</summary>
public sealed class StorageApply
{
    /// <summary>The entries.</summary>
    public required IReadOnlyList<Entry> Entries { get; init; }

    /// <summary>To be stepped after the entries have been applied; until then no configuration change after them is accepted.</summary>
    public required Message Response { get; init; }
}

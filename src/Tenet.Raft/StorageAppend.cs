namespace Tenet.Raft;

/// <summary>Work for the log, to be done in the order in which it was handed out.</summary>
public sealed class StorageAppend
{
    /// <summary>Entries to append; they replace whatever the log has from the first one's index on.</summary>
    public IReadOnlyList<Entry> Entries { get; init; } = [];

    /// <summary>The hard state, if it changed.</summary>
    public HardState? HardState { get; init; }

    /// <summary>A snapshot that replaces the whole log. Never together with entries that are not after it.</summary>
    public Snapshot? Snapshot { get; init; }

    /// <summary>
    /// Whether the disk must confirm before <see cref="Responses"/> go out: there are entries, or the term or vote changed. A snapshot must
    /// be durable in any case.
    /// </summary>
    public bool MustSync { get; init; }

    /// <summary>
    /// To be delivered in this order once entries, hard state and snapshot are durable and have been put into the storage that the core
    /// reads: a message to this member is stepped, any other is sent. Nobody may see one of them earlier: they promise what was stored.
    /// </summary>
    public IReadOnlyList<Message> Responses { get; init; } = [];
}

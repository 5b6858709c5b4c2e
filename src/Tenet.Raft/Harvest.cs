namespace Tenet.Raft;

/// <summary>Everything that was new in the core at one moment, before a driver puts it into the form it hands out.</summary>
internal sealed record Harvest
{
    public SoftState? SoftState { get; init; }

    public HardState? HardState { get; init; }

    /// <summary>Entries for storage.</summary>
    public required Entry[] Entries { get; init; }

    /// <summary>A snapshot for storage.</summary>
    public Snapshot? Snapshot { get; init; }

    /// <summary>Entries for the state machine.</summary>
    public required Entry[] Committed { get; init; }

    /// <summary>For peers, at once.</summary>
    public required IReadOnlyList<Message> Messages { get; init; }

    /// <summary>For peers and this member, after storage.</summary>
    public required IReadOnlyList<Message> AfterAppend { get; init; }

    public required IReadOnlyList<ReadState> ReadStates { get; init; }

    /// <summary>Whether storage must wait for the disk.</summary>
    public bool MustSync { get; init; }

    /// <summary>To be stepped after storage and after <see cref="AfterAppend"/>, if entries or a snapshot wait for storage.</summary>
    public StorageAppendResponse? Stored { get; init; }

    /// <summary>To be stepped after the state machine, if there are committed entries.</summary>
    public StorageApplyResponse? Applied { get; init; }
}

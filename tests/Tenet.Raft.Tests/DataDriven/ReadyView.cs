namespace Tenet.Raft.Tests.DataDriven;

/// <summary>
/// A Ready of either form, as far as the data files show it. Messages are texts, because storage work is shown among them.
/// </summary>
internal sealed record ReadyView(
    SoftState? SoftState,
    HardState? HardState,
    IReadOnlyList<ReadState> ReadStates,
    IReadOnlyList<Entry> Entries,
    Snapshot? Snapshot,
    IReadOnlyList<Entry> Committed,
    IReadOnlyList<string> Messages,
    bool MustSync);

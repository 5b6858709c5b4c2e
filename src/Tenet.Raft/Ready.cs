namespace Tenet.Raft;

/// <summary>
/// What is to be done now. The parts are independent: nothing here waits for another part except where a field says so. Any number of
/// Readys may be under way at the same time, as long as their appends are stored in the order in which they were taken, and their
/// applies likewise (contract/consensus.md, 1.14.3).
/// </summary>
public sealed class Ready
{
    /// <summary>The leader or the own role, if either changed. Need not be stored.</summary>
    public SoftState? SoftState { get; init; }

    /// <summary>The hard state, if it changed. It is also part of <see cref="Append"/>, which is where it is stored.</summary>
    public HardState? HardState { get; init; }

    /// <summary>
    /// For peers; may go out at once, before anything of this Ready is stored. Except a request for votes (MsgVote): it waits until <see cref="Append"/> is durable, as
    /// a candidate that could be elected before it remembers its term could be elected in that term twice (Raft dissertation, 3.8).
    /// </summary>
    public IReadOnlyList<Message> Messages { get; init; } = [];

    /// <summary>Answers to read requests, in the order of the requests.</summary>
    public IReadOnlyList<ReadState> ReadStates { get; init; } = [];

    /// <summary>Work for the log.</summary>
    public StorageAppend? Append { get; init; }

    /// <summary>Work for the state machine. Its entries are durable here already.</summary>
    public StorageApply? Apply { get; init; }
}

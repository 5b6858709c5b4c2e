namespace Tenet.Raft.Tests.DataDriven;

/// <summary>Memory storage whose snapshot is always the newest state of the state machine.</summary>
internal sealed class ScriptedStorage : IRaftStorage
{
    public MemoryStorage Memory { get; } = new();

    public List<Snapshot> History { get; } = [];

    public ulong FirstIndex => Memory.FirstIndex;

    public ulong LastIndex => Memory.LastIndex;

    public (HardState HardState, ConfState ConfState) InitialState => Memory.InitialState;

    public LogRead Term(ulong index, out ulong term) => Memory.Term(index, out term);

    public LogRead Entries(ulong low, ulong high, ulong bytesMax, out Entry[] entries) => Memory.Entries(low, high, bytesMax, out entries);

    public Snapshot? Snapshot() => History[^1];
}

namespace Tenet.Raft;

/// <summary>What an entry's data means to the layer above (contract/consensus.md, 1.1).</summary>
public enum EntryType
{
    /// <summary>A command for the state machine, or the empty entry with which a leader opens its term.</summary>
    Normal = 0,

    /// <summary>An encoded <see cref="Raft.ConfChange"/>.</summary>
    ConfChange = 1,

    /// <summary>An encoded <see cref="Raft.ConfChangeV2"/>; empty data leaves a joint configuration.</summary>
    ConfChangeV2 = 2,
}

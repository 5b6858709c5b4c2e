namespace Tenet.Raft;

/// <summary>
/// Fields that an entry carries on the wire although their value is the default. An older peer sends every field, a newer one only
/// what was assigned; an entry that is forwarded or echoed keeps the form it came in (contract/consensus.md, 1.1.1).
/// </summary>
[Flags]
public enum EntryFields : byte
{
    /// <summary>Defaults stay off the wire.</summary>
    None = 0,

    /// <summary>The type is written even if it is normal.</summary>
    Type = 1,

    /// <summary>The term is written even if it is 0.</summary>
    Term = 2,

    /// <summary>The index is written even if it is 0.</summary>
    Index = 4,

    /// <summary>The data is written even if it is empty.</summary>
    Data = 8,
}

namespace Tenet.Raft;

/// <summary>
/// The stable part of the log, as the core reads it: called on the thread that steps the core, and never waiting. Whoever drives the core
/// puts entries and snapshots in when they are durable.
/// </summary>
public interface IRaftStorage
{
    /// <summary>The index of the oldest entry at hand; the index after the snapshot if there is none.</summary>
    ulong FirstIndex { get; }

    /// <summary>The index of the newest entry; the snapshot's if there is none.</summary>
    ulong LastIndex { get; }

    /// <summary>What a restart begins with.</summary>
    (HardState HardState, ConfState ConfState) InitialState { get; }

    /// <summary>The term of the entry at the index, which may also be the one just before <see cref="FirstIndex"/>.</summary>
    LogRead Term(ulong index, out ulong term);

    /// <summary>
    /// Entries from <paramref name="low"/> up to but not including <paramref name="high"/>: the longest prefix whose encoded size is at
    /// most
    /// <paramref name="bytesMax"/>, but at least one. The array is the caller's.
    /// </summary>
    LogRead Entries(ulong low, ulong high, ulong bytesMax, out Entry[] entries);

    /// <summary>The newest snapshot, or null if it cannot be had just now; the core asks again.</summary>
    Snapshot? Snapshot();
}

using Tenet.Raft;

namespace Tenet.Simulation.Checking;

/// <summary>A look into a running member, between two turns.</summary>
internal interface IMemberProbe
{
    /// <summary>The member.</summary>
    ulong Id { get; }

    /// <summary>How many times it has been started before: what it forgot in between it may have forgotten.</summary>
    int Life { get; }

    /// <summary>Raft's present term.</summary>
    ulong Term { get; }

    /// <summary>Whom it voted for in that term, 0 for nobody.</summary>
    ulong Vote { get; }

    /// <summary>Raft's role.</summary>
    RaftRole Role { get; }

    /// <summary>The commit index that this member knows.</summary>
    ulong Commit { get; }

    /// <summary>The last entry whose effects its state has.</summary>
    ulong Applied { get; }

    /// <summary>The first entry of the log; what is before is in a snapshot.</summary>
    ulong FirstIndex { get; }

    /// <summary>The last entry of the log, durable or not.</summary>
    ulong LastIndex { get; }

    /// <summary>The store's revision.</summary>
    long Revision { get; }

    /// <summary>The term of an entry from <see cref="FirstIndex"/> − 1 to <see cref="LastIndex"/>.</summary>
    ulong TermAt(ulong index);

    /// <summary>An entry from <see cref="FirstIndex"/> to <see cref="LastIndex"/>.</summary>
    Entry EntryAt(ulong index);

    /// <summary>HashKV at a revision with the compact revision that it belongs to; null if that is compacted.</summary>
    (uint Hash, long CompactRevision)? HashAt(long revision);
}

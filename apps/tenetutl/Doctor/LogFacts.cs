using Tenet.Protocol.Etcdserverpb;
using Tenet.Raft;
using Tenet.Wal;

namespace Tenet.Utl.Doctor;

/// <summary>What the log says, as far as it could be read.</summary>
internal sealed class LogFacts
{
    /// <summary>Whether the log was read from its first to its last record.</summary>
    public bool IsWhole { get; set; } = true;

    public int Segments { get; set; }

    /// <summary>Who the member is.</summary>
    public Metadata? Identity { get; set; }

    public HardState HardState { get; set; }

    /// <summary>The snapshot records, in order.</summary>
    public List<WalSnapshot> Snapshots { get; } = [];

    public TermRuns Terms { get; } = new();

    /// <summary>Entries that can say something of the members, in order.</summary>
    public List<Entry> MembershipEntries { get; } = [];

    /// <summary>Entries that a version after 3.5 is needed for: index, kind and that version.</summary>
    public List<(ulong Index, string Kind, Version Version)> NewerEntries { get; } = [];

    /// <summary>The newest snapshot that a start begins from: committed, and recorded in the log.</summary>
    public WalSnapshot Start { get; set; } = WalSnapshot.Beginning;

    /// <summary>The last index that the log knows: of an entry, or of a snapshot after it.</summary>
    public ulong LastIndex => Math.Max(Terms.Last, Snapshots.Count == 0 ? 0 : Snapshots.Max(static snapshot => snapshot.Index));
}

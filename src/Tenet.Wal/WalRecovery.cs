using Tenet.Raft;

namespace Tenet.Wal;

/// <summary>What opening a log found in it.</summary>
public sealed class WalRecovery
{
    internal WalRecovery(WriteAheadLog log, LogContents contents, bool repaired)
    {
        Log = log;
        Metadata = contents.Metadata;
        HardState = contents.HardState;
        Entries = contents.Entries;
        FoundSnapshot = contents.FoundSnapshot;
        Repaired = repaired;
    }

    /// <summary>The log, ready for appending.</summary>
    public WriteAheadLog Log { get; }

    /// <summary>The bytes given at creation (node and cluster identifier).</summary>
    public ReadOnlyMemory<byte> Metadata { get; }

    /// <summary>The last hard state. Its commit index may lie behind what was acknowledged (contract/storage.md, 2.7).</summary>
    public HardState HardState { get; }

    /// <summary>The entries after the snapshot, without a gap, overwritten ones left out. Entries beyond the commit index may yet be overwritten.</summary>
    public List<Entry> Entries { get; }

    /// <summary>Whether the record of the snapshot from which reading began was found. etcd opens such a log all the same (contract/storage.md, 2.10).</summary>
    public bool FoundSnapshot { get; }

    /// <summary>Whether a torn tail was cut off; the segment as it was is kept beside it as <c>.broken</c>.</summary>
    public bool Repaired { get; }
}

using Tenet.State.Members;

namespace Tenet.Utl.Doctor;

/// <summary>What the database says, as far as it could be read.</summary>
internal sealed class DatabaseFacts
{
    public int PageSize { get; set; }

    /// <summary>Pages ever used, in bytes.</summary>
    public long Size { get; set; }

    /// <summary>Pages that hold nothing, in bytes.</summary>
    public long FreeBytes { get; set; }

    /// <summary>The index of the last entry whose effects it holds.</summary>
    public ulong ConsistentIndex { get; set; }

    /// <summary>The term of that entry; 0 where it is not written down.</summary>
    public ulong Term { get; set; }

    /// <summary>The version of its schema as it is written down; empty if it is not.</summary>
    public string StorageVersion { get; set; } = "";

    public long Revision { get; set; }

    /// <summary>The last accepted compaction; 0 if there was none.</summary>
    public long CompactRevision { get; set; }

    public long Keys { get; set; }

    public long Records { get; set; }

    public long Leases { get; set; }

    public ClusterView Cluster { get; set; } = new([], [], null, DowngradeInfo.None);

    public int Alarms { get; set; }

    public bool AuthEnabled { get; set; }
}

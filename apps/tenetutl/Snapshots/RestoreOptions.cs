using Tenet.Wal;

namespace Tenet.Utl.Snapshots;

/// <summary>What a restore is told (contract/api.md, 10.3).</summary>
internal sealed record RestoreOptions
{
    /// <summary>The snapshot file.</summary>
    public required string Snapshot { get; init; }

    /// <summary>The member's name in <see cref="InitialCluster"/>.</summary>
    public string Name { get; init; } = "default";

    /// <summary>Where the member's directories are made.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Where the log is made; empty for its place within the data directory.</summary>
    public string WalDirectory { get; init; } = "";

    /// <summary>The new cluster: <c>name=url</c> with commas between.</summary>
    public string InitialCluster { get; init; } = "default=http://localhost:2380";

    /// <summary>Enters the identifiers of members and cluster.</summary>
    public string InitialClusterToken { get; init; } = "etcd-cluster";

    /// <summary>This member's peer URLs with commas between.</summary>
    public string AdvertisePeerUrls { get; init; } = "http://localhost:2380";

    /// <summary>Take a file without a checksum, or with another one.</summary>
    public bool SkipHashCheck { get; init; }

    /// <summary>Address space for the database, in bytes; 0 for the default.</summary>
    public ulong InitialMapBytes { get; init; }

    /// <summary>The size to which the log's first segment is reserved. Simulations make it small; everybody else leaves etcd's.</summary>
    public long SegmentBytes { get; init; } = new WalOptions().SegmentBytes;

    /// <summary>By how much the revision is raised, so that no client sees it go back; 0 for not at all.</summary>
    public ulong RevisionBump { get; init; }
}

namespace Tenet.Server;

/// <summary>Whether a member without a write-ahead log founds a cluster or joins one (contract/consensus.md, 6.3).</summary>
public enum InitialClusterState
{
    /// <summary>The members listed found the cluster together.</summary>
    New,

    /// <summary>The cluster exists; the member joins it.</summary>
    Existing,
}

/// <summary>How old revisions are compacted without anybody asking (etcd's <c>--auto-compaction-mode</c>).</summary>
public enum AutoCompactionMode
{
    /// <summary>Never.</summary>
    Off,

    /// <summary>What is older than <see cref="MemberOptions.AutoCompactionPeriod"/>.</summary>
    Periodic,

    /// <summary>All but the newest <see cref="MemberOptions.AutoCompactionRevisions"/> revisions.</summary>
    Revision,
}

/// <summary>One line of etcd's <c>--initial-cluster</c>: a member and its peer URLs, in the parsed and reprinted form that identifiers are made of.</summary>
public sealed record InitialMember(string Name, IReadOnlyList<string> PeerUrls)
{
    /// <summary>Reads what <c>--initial-cluster</c> says: <c>name=url</c> with commas between, a name once for each of its URLs.</summary>
    /// <exception cref="FormatException">A URL is none that etcd would take; the message is etcd's.</exception>
    public static IReadOnlyList<InitialMember> ParseList(string text)
    {
        SortedDictionary<string, List<string>> members = new(StringComparer.Ordinal);
        foreach (string part in text.Split(','))
        {
            int equals = part.IndexOf('=');
            string name = equals < 0 ? part : part[..equals];
            if (!members.TryGetValue(name, out List<string>? urls))
                members[name] = urls = [];
            urls.Add(EtcdUrl.Parse(equals < 0 ? "" : part[(equals + 1)..]).Printed);
        }

        return [.. members.Select(static member => new InitialMember(member.Key, [.. member.Value.Order(StringComparer.Ordinal)]))];
    }
}

/// <summary>Everything a member is told. The defaults are etcd's; the names follow its flags (contract/api.md, 6.2).</summary>
public sealed record MemberOptions
{
    /// <summary>The version that a member reports for itself.</summary>
    public const string ServerVersion = "3.7.1";

    /// <summary>The member's name in <see cref="InitialCluster"/>.</summary>
    public required string Name { get; init; }

    /// <summary>The data directory; created if missing.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The directory of the write-ahead log; null for <c>member/wal</c> below the data directory.</summary>
    public string? WalDirectory { get; init; }

    /// <summary>The founding members. Ignored once a write-ahead log exists.</summary>
    public IReadOnlyList<InitialMember> InitialCluster { get; init; } = [];

    /// <summary>Enters the identifiers of members and cluster, so that two clusters founded alike differ.</summary>
    public string InitialClusterToken { get; init; } = "etcd-cluster";

    /// <summary>Under which name the founders meet in the discovery service; empty if they do not (etcd's <c>--discovery-token</c>).</summary>
    public string DiscoveryToken { get; init; } = "";

    /// <summary>How long the discovery service may take for one answer.</summary>
    public TimeSpan DiscoveryRequestTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The domain whose SRV records name the founders; empty if none do (etcd's <c>--discovery-srv</c>).</summary>
    public string DiscoverySrv { get; init; } = "";

    /// <summary>What is added to the names of those records' services.</summary>
    public string DiscoverySrvName { get; init; } = "";

    /// <summary>Found a cluster, or join one.</summary>
    public InitialClusterState InitialClusterState { get; init; }

    /// <summary>How long a founding member waits for each of the others to say whether the cluster exists already.</summary>
    public TimeSpan BootstrapTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Refuse membership changes after which the started or connected members would be no quorum (contract/consensus.md, 6.5).</summary>
    public bool StrictReconfigCheck { get; init; } = true;

    /// <summary>Start a cluster of one from this member's data, dropping every other member.</summary>
    public bool ForceNewCluster { get; init; }

    /// <summary>The URLs that other members reach this one by.</summary>
    public IReadOnlyList<string> AdvertisePeerUrls { get; init; } = ["http://localhost:2380"];

    /// <summary>The URLs that clients reach this member by.</summary>
    public IReadOnlyList<string> AdvertiseClientUrls { get; init; } = ["http://localhost:2379"];

    /// <summary>Time of one Raft tick.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a follower waits for its leader. A multiple of <see cref="HeartbeatInterval"/>.</summary>
    public TimeSpan ElectionTimeout { get; init; } = TimeSpan.FromMilliseconds(1000);

    /// <summary>Ask before campaigning.</summary>
    public bool PreVote { get; init; } = true;

    /// <summary>Let a starting member that finds other members, but no leader, campaign after two heartbeats (etcd's <c>--initial-election-tick-advance</c>).</summary>
    public bool InitialElectionTickAdvance { get; init; } = true;

    /// <summary>A Raft snapshot goes to disk after this many applied entries. 0 means the default.</summary>
    public ulong SnapshotCount { get; init; } = 10_000;

    /// <summary>Entries kept in memory behind the applied one, for followers that lag.</summary>
    public ulong SnapshotCatchUpEntries { get; init; } = 5_000;

    /// <summary>Entries kept behind the applied one never hold more bytes than this, however few they are.</summary>
    public long SnapshotCatchUpBytes { get; init; } = 64L << 20;

    /// <summary>Snapshot files kept; 0 keeps all.</summary>
    public int MaxSnapshotFiles { get; init; } = 5;

    /// <summary>Log segments kept; 0 keeps all.</summary>
    public int MaxWalFiles { get; init; } = 5;

    /// <summary>Size of the backend at which writes are refused, in bytes. 0 is 2 GiB; negative means no limit.</summary>
    public long QuotaBackendBytes { get; init; }

    /// <summary>How long a write may wait for the backend's next commit (it is durable in the log all the while).</summary>
    public TimeSpan BackendBatchInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Operations after which the backend commits without waiting.</summary>
    public int BackendBatchLimit { get; init; } = 10_000;

    /// <summary>Most operations on one level of a transaction.</summary>
    public int MaxTransactionOperations { get; init; } = 128;

    /// <summary>Largest serialised request, in bytes.</summary>
    public int MaxRequestBytes { get; init; } = 1_572_864;

    /// <summary>Most learners in the cluster.</summary>
    public int MaxLearners { get; init; } = 1;

    /// <summary>Whether and how old revisions are compacted automatically.</summary>
    public AutoCompactionMode AutoCompaction { get; init; }

    /// <summary>For <see cref="AutoCompactionMode.Periodic"/>: how much history stays.</summary>
    public TimeSpan AutoCompactionPeriod { get; init; }

    /// <summary>For <see cref="AutoCompactionMode.Revision"/>: how many revisions stay.</summary>
    public long AutoCompactionRevisions { get; init; }

    /// <summary>Records that one step of a compaction looks at.</summary>
    public int CompactionBatchLimit { get; init; } = 1_000;

    /// <summary>Rest between two steps of a compaction.</summary>
    public TimeSpan CompactionSleepInterval { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Write down the remaining time of long leases from time to time (etcd's feature gate LeaseCheckpoint).</summary>
    public bool LeaseCheckpoints { get; init; }

    /// <summary>Keep those also while the cluster version is below 3.6 (etcd's feature gate LeaseCheckpointPersist).</summary>
    public bool LeaseCheckpointPersist { get; init; }

    /// <summary>How often the leader looks whether a downgrade is complete; zero never.</summary>
    public TimeSpan DowngradeCheckTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Compare this member's history with that of the others before it goes on after a restart (etcd's feature gate InitialCorruptCheck,
    /// which is off there).
    /// </summary>
    public bool InitialCorruptCheck { get; init; } = true;

    /// <summary>
    /// How often the leader compares the whole history of all members; zero never, which is etcd's default. Each time every member reads its
    /// whole database once.
    /// </summary>
    public TimeSpan CorruptCheckTime { get; init; } = TimeSpan.FromHours(12);

    /// <summary>Compare the hashes that compactions leave behind, which costs next to nothing (etcd's feature gate CompactHashCheck, off there).</summary>
    public bool CompactHashCheck { get; init; } = true;

    /// <summary>How often the leader compares the hashes of compactions.</summary>
    public TimeSpan CompactHashCheckTime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often an idle watcher that asked for it hears of progress.</summary>
    public TimeSpan WatchProgressNotifyInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>An apply that takes longer is logged.</summary>
    public TimeSpan WarningApplyDuration { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>A unary call that takes longer is logged.</summary>
    public TimeSpan WarningUnaryRequestDuration { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>Defragment at start when at least this many megabytes can be freed; 0 never.</summary>
    public int BootstrapDefragThresholdMegabytes { get; init; }

    /// <summary>Keep the pages of the backend's file in memory (etcd's <c>--memory-mlock</c>); the member does not start if the system allows less.</summary>
    public bool MemoryLock { get; init; }

    /// <summary>A lease that is known is renewed without waiting until everything that is committed has been applied (etcd's feature gate FastLeaseKeepAlive).</summary>
    public bool FastLeaseKeepAlive { get; init; } = true;

    /// <summary>Revocations of leases are taken while twice as much waits to be applied as may for other requests (etcd's feature gate PriorityRequest).</summary>
    public bool PriorityRequests { get; init; }

    /// <summary>The health service says while this member defragments that it should not be called (etcd's feature gate StopGRPCServiceOnDefrag).</summary>
    public bool StopServingOnDefragmentation { get; init; }

    /// <summary>Dangerous: acknowledge writes that a power cut may take back.</summary>
    public bool UnsafeNoFsync { get; init; }

    /// <summary>Ticks of an election timeout.</summary>
    public int ElectionTicks => (int)(ElectionTimeout.TotalMilliseconds / HeartbeatInterval.TotalMilliseconds);

    /// <summary>The tokens that users get for their passwords (etcd's <c>--auth-token</c>): <c>simple</c>, or <c>jwt</c> and its options.</summary>
    public string AuthToken { get; init; } = "simple";

    /// <summary>How long a simple token lives after its last use; zero is the default.</summary>
    public TimeSpan AuthTokenTtl { get; init; } = DefaultAuthTokenTtl;

    /// <summary>How slow a password is made to guess: each step doubles the work. Out of the bounds of bcrypt, 4 to 31, it is 10.</summary>
    public int BcryptCost { get; init; } = 10;

    /// <summary>Clients prove who they are by certificate, so a certificate's common name is a user (etcd's <c>--client-cert-auth</c>).</summary>
    public bool ClientCertAuth { get; init; }

    /// <summary>How long a request may take inside the member: 5 s and two election timeouts.</summary>
    public TimeSpan RequestTimeout => TimeSpan.FromSeconds(5) + 2 * ElectionTimeout;

    /// <summary>The directory below which everything lies.</summary>
    public string MemberDirectory => Path.Combine(DataDirectory, "member");

    /// <summary>The directory of the backend and of the Raft snapshots.</summary>
    public string SnapshotDirectory => Path.Combine(MemberDirectory, "snap");

    /// <summary>The backend's file.</summary>
    public string BackendPath => Path.Combine(SnapshotDirectory, "db");

    /// <summary>The directory of the write-ahead log in use.</summary>
    public string EffectiveWalDirectory => WalDirectory ?? Path.Combine(MemberDirectory, "wal");

    internal const ulong DefaultSnapshotCount = 10_000;

    internal static TimeSpan DefaultAuthTokenTtl { get; } = TimeSpan.FromSeconds(300);
}

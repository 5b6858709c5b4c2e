using static Tenet.App.CommandLine.FlagKind;

namespace Tenet.App.CommandLine;

/// <summary>Every flag of etcd 3.7, in the groups of <c>--help</c> (contract/api.md, 6.2).</summary>
internal static class FlagTable
{
    /// <summary>What the help text shows.</summary>
    public static IReadOnlyList<FlagGroup> Groups { get; } =
    [
        new("Member", Member()),
        new("Clustering", Clustering()),
        new("Discovery", Discovery()),
        new("Security", Security()),
        new("Auth", Auth()),
        new("Profiling and monitoring", ProfilingAndMonitoring()),
        new("Logging", Logging()),
        new("Distributed tracing", DistributedTracing()),
        new("Features", Features()),
        new("Unsafe", Unsafe()),
        new("Other", Other()),
    ];

    private static readonly Dictionary<string, Flag> ByName = Index();

    public static IEnumerable<Flag> All => ByName.Values;

    public static Flag? Find(string name) => ByName.GetValueOrDefault(name);

    private static Dictionary<string, Flag> Index()
    {
        Dictionary<string, Flag> flags = Groups.SelectMany(group => group.Flags).ToDictionary(flag => flag.Name, StringComparer.Ordinal);
        foreach (string name in IgnoredByEtcd())
            flags.Add(name, new Flag(name, Text, "", "") { Standing = FlagStanding.Ignored });
        foreach (string name in ExperimentalFlags())
            flags.Add("experimental-" + name, flags[name] with { Name = "experimental-" + name, AliasOf = name });
        foreach ((string name, string gate) in ExperimentalGates())
            flags.Add("experimental-" + name, new Flag("experimental-" + name, Switch, "", "") { Gate = gate });
        return flags;
    }

    private static Flag[] Member() =>
    [
        new("name", Text, "default", "Human-readable name of this member."),
        new("data-dir", Text, "", "Path to the data directory; empty means <name>.etcd."),
        new("wal-dir", Text, "", "Path to a directory of its own for the write-ahead log."),
        new("snapshot-count", Unsigned, "10000", "Number of committed entries after which a snapshot is taken; 0 means the default."),
        new("snapshot-catchup-entries", Unsigned, "5000", "Number of entries kept in the log for slow followers after a snapshot."),
        new("heartbeat-interval", Unsigned, "100", "Time between heartbeats, in milliseconds."),
        new("election-timeout", Unsigned, "1000", "Time without a heartbeat after which an election starts, in milliseconds."),
        new("initial-election-tick-advance", Switch, "true", "Whether a starting member that finds others, but no leader, campaigns soon."),
        new("listen-peer-urls", Urls, "http://localhost:2380", "URLs to listen on for other members."),
        new("listen-client-urls", Urls, "http://localhost:2379", "URLs to listen on for clients: gRPC and HTTP."),
        new("listen-client-http-urls", Urls, "", "URLs to listen on for HTTP only; takes HTTP away from --listen-client-urls."),
        new("listen-metrics-urls", Urls, "", "URLs to listen on for /metrics, /health, /livez and /readyz."),
        new("max-snapshots", Unsigned, "5", "Number of snapshot files to keep; 0 keeps all."),
        new("max-wals", Unsigned, "5", "Number of log segments to keep beyond the last snapshot; 0 keeps all."),
        new("quota-backend-bytes", Integer, "0", "Size at which the database refuses to grow; 0 means 2 GiB, less than 0 no limit."),
        new("backend-bbolt-freelist-type", Text, "map", "Accepted for etcd's sake; one kind of free list serves both."),
        new("backend-batch-interval", Duration, "0s", "Longest time between commits of the database; 0 means 100ms."),
        new("backend-batch-limit", Integer, "0", "Most operations between commits of the database; 0 means 10000."),
        new("max-txn-ops", Unsigned, "128", "Most operations in one list of a transaction."),
        new("max-request-bytes", Unsigned, "1572864", "Largest request, in bytes."),
        new("max-concurrent-streams", Unsigned, "4294967295", "Most concurrent streams of one connection.") { Maximum = uint.MaxValue },
        new("max-learners", Integer, "1", "Most learners in the cluster."),
        new("grpc-keepalive-min-time", Duration, "5s", "Shortest time that a client must leave between pings while it calls; 0 takes five minutes."),
        new("grpc-keepalive-interval", Duration, "2h0m0s", "Time without traffic after which the member pings a client; 0 takes the default."),
        new("grpc-keepalive-timeout", Duration, "20s", "How long an answer to that ping may take."),
        new("raft-read-timeout", Duration, "5s", "How long a connection of a peer may be silent; at least 5s."),
        new("raft-write-timeout", Duration, "5s", "How long a peer may take nothing of what it is sent; at least 5s."),
        new("socket-reuse-port", Switch, "false", "Let other processes listen on the same addresses at the same time (SO_REUSEPORT)."),
        new("socket-reuse-address", Switch, "false", "Bind addresses on which connections of an earlier process still time out (SO_REUSEADDR)."),
        new("enable-grpc-gateway", Switch, "true", "Whether clients may call in JSON over HTTP as well, below /v3/."),
        new("enable-grpc-reflection", Switch, "false", "Whether gRPC reflection tells tools what can be called. Tenet's own: etcd has none."),
    ];

    private static Flag[] Clustering() =>
    [
        new("initial-advertise-peer-urls", Urls, "http://localhost:2380", "This member's peer URLs as the cluster knows them."),
        new("initial-cluster", Text, "", "The members of a new cluster: <name>=<peer url>,…; empty means this member alone."),
        new("initial-cluster-state", Choice, "new", "Whether the cluster is new or existing; without effect once the member has data.") { Choices = ["new", "existing"] },
        new("initial-cluster-token", Text, "etcd-cluster", "Tells apart clusters that were set up with the same URLs."),
        new("advertise-client-urls", Urls, "http://localhost:2379", "This member's client URLs as clients should know them."),
        new("strict-reconfig-check", Switch, "true", "Refuse membership changes after which the started or connected members would be no quorum."),
        new("pre-vote", Switch, "true", "Whether an election is preceded by a trial vote."),
        new("auto-compaction-mode", Text, "periodic", "periodic or revision."),
        new("auto-compaction-retention", Text, "0", "How much history is kept: a duration (a bare number means hours) or a number of revisions; 0 compacts nothing."),
        new("v2-deprecation", Choice, "write-only", "Accepted for etcd's sake; the value has no effect.")
            { Choices = ["write-only", "write-only-skip-check", "write-only-drop-data", "gone"] },
    ];

    private static Flag[] Discovery() =>
    [
        new("discovery-endpoints", Text, "", "An etcd in which the founders of a cluster find each other: host:port or URL, with commas between."),
        new("discovery-token", Text, "", "Under which name they meet there."),
        new("discovery-dial-timeout", Duration, "2s", "How long a connection to it may take."),
        new("discovery-request-timeout", Duration, "5s", "How long it may take for one answer."),
        new("discovery-keepalive-time", Duration, "2s", "After how long without traffic it is pinged while it is asked; less than 10s counts as 10s."),
        new("discovery-keepalive-timeout", Duration, "6s", "How long the answer to that ping may take."),
        new("discovery-insecure-transport", Switch, "true", "Whether endpoints without a scheme are asked without TLS, if no certificate is given."),
        new("discovery-insecure-skip-tls-verify", Switch, "false", "Believe any certificate of the discovery etcd."),
        new("discovery-cert", Text, "", "Path of the certificate that is shown to it."),
        new("discovery-key", Text, "", "Path of that certificate's key."),
        new("discovery-cacert", Text, "", "Path of the certificates that its own must be signed by."),
        new("discovery-user", Text, "", "As whom it is asked; needs --discovery-password."),
        new("discovery-password", Text, "", "The password of --discovery-user."),
        new("discovery-fallback", Choice, "exit", "What happens when discovery fails; exit is all there is.") { Choices = ["exit", "proxy"] },
        new("discovery-srv", Text, "", "The domain whose SRV records name the founders of a cluster."),
        new("discovery-srv-name", Text, "", "What the names of those records' services end in."),
    ];

    private static Flag[] Security() =>
    [
        new("cert-file", Text, "", "Path of the certificate of https client URLs (PEM); read again for every connection."),
        new("key-file", Text, "", "Path of its key."),
        new("trusted-ca-file", Text, "", "Path of the certificates that clients' must be signed by; with it, https client URLs demand one."),
        new("client-cert-file", Text, "", "Path of the certificate that the member shows as a client; empty means --cert-file."),
        new("client-key-file", Text, "", "Path of its key."),
        new("client-cert-auth", Switch, "false", "Demand certificates of clients, and take their common names for users."),
        new("client-crl-file", Text, "", "Path of a list of revoked certificates of clients; read again for every connection."),
        new("client-cert-allowed-cn", Text, "", "Common names of which a client's certificate must have one (in etcd, a key of the configuration file only)."),
        new("client-cert-allowed-hostname", Text, "", "Names of which a client's certificate must have one, with commas between."),
        new("auto-tls", Switch, "false", "Sign a certificate for the client URLs, unless one is given."),
        new("peer-cert-file", Text, "", "Path of the certificate of https peer URLs (PEM); read again for every connection."),
        new("peer-key-file", Text, "", "Path of its key."),
        new("peer-trusted-ca-file", Text, "", "Path of the certificates that peers' must be signed by; with it, https peer URLs demand one."),
        new("peer-client-cert-file", Text, "", "Path of the certificate that is shown to peers; empty means --peer-cert-file."),
        new("peer-client-key-file", Text, "", "Path of its key."),
        new("peer-client-cert-auth", Switch, "false", "Demand certificates of peers that connect."),
        new("peer-crl-file", Text, "", "Path of a list of revoked certificates of peers; read again for every connection."),
        new("peer-cert-allowed-cn", Text, "", "Common names of which a peer's certificate must have one, with commas between."),
        new("peer-cert-allowed-hostname", Text, "", "Names of which a peer's certificate must have one, with commas between."),
        new("peer-skip-client-san-verification", Switch, "false", "Believe a peer's certificate whatever address it connects from."),
        new("peer-auto-tls", Switch, "false", "Sign a certificate for the peer URLs, unless one is given."),
        new("self-signed-cert-validity", Unsigned, "1", "How long certificates are valid that the member signs itself, in years."),
        new("cipher-suites", Text, "", "Cipher suites of TLS 1.2 by name, with commas between; empty lets the system choose."),
        new("tls-min-version", Text, "TLS1.2", "Oldest version of TLS: TLS1.2 or TLS1.3."),
        new("tls-max-version", Text, "", "Newest version of TLS: TLS1.2, TLS1.3, or empty for the newest there is."),
        new("cors", Urls, "*", "Origins whose web pages may read what HTTP answers: URLs with commas between, or *."),
        new("host-whitelist", Text, "*", "Host names under which HTTP may address the member in the clear, with commas between; * or empty is all."),
    ];

    private static Flag[] Auth() =>
    [
        new("auth-token", Text, "simple", "Kind of auth tokens: simple, or jwt with its options."),
        new("bcrypt-cost", Unsigned, "10", "Cost of password hashes: each step doubles the work."),
        new("auth-token-ttl", Unsigned, "300", "Seconds that a simple token lives after its last use."),
    ];

    private static Flag[] ProfilingAndMonitoring() =>
    [
        new("enable-pprof", Switch, "false", "Tell of threads and heap at /debug/pprof/. Go's profiles are refused there; dotnet-trace, dotnet-counters and dotnet-gcdump attach to the running member."),
        new("metrics", Text, "basic", "extensive adds a histogram of the time of each call (grpc_server_handling_seconds)."),
        new("warning-apply-duration", Duration, "100ms", "A warning is logged when applying a request takes longer."),
        new("warning-unary-request-duration", Duration, "300ms", "A warning is logged when answering a request takes longer; 0 means 300ms."),
    ];

    private static Flag[] Logging() =>
    [
        new("logger", Text, "zap", "Only zap, etcd's shape of log lines."),
        new("log-outputs", Text, "default", "Where log lines go: default, stderr, stdout, systemd/journal or paths of files, with commas between."),
        new("log-level", Text, "info", "debug, info, warn, error, panic or fatal."),
        new("log-format", Text, "json", "json or console. On a terminal, json lines are shown in a readable form unless the flag is given."),
        new("enable-log-rotation", Switch, "false", "Begin a new log file when the one file among --log-outputs is full."),
        new("log-rotation-config-json", Text, DefaultRotation, "When: maxsize in MB, maxage in days, maxbackups in files; and whether old files have a localtime name and are compressed."),
    ];

    private static Flag[] DistributedTracing() =>
    [
        new("enable-distributed-tracing", Switch, "false", "Send the spans of calls to an OpenTelemetry collector."),
        new("distributed-tracing-address", Text, "localhost:4317", "Where the collector takes OTLP over gRPC, host:port."),
        new("distributed-tracing-service-name", Text, "etcd", "What the collector knows all members by."),
        new("distributed-tracing-instance-id", Text, "", "What it knows this member by."),
        new("distributed-tracing-sampling-rate", Integer, "0", "Calls traced among a million; a caller that traces is always followed."),
    ];

    private static Flag[] Features() =>
    [
        new("corrupt-check-time", Duration, "12h0m0s", "Time between comparisons of all members' whole history; 0 never (etcd's default)."),
        new("compact-hash-check-time", Duration, "1m0s", "Time between comparisons of the hashes that compactions leave behind."),
        new("compaction-batch-limit", Integer, "0", "Most revisions that one step of a compaction looks at; 0 means 1000."),
        new("compaction-sleep-interval", Duration, "0s", "Pause between two steps of a compaction; 0 means 10ms."),
        new("watch-progress-notify-interval", Duration, "0s", "Time between progress notifications of idle watches; 0 means 10m."),
        new("downgrade-check-time", Duration, "5s", "Time between looks whether a downgrade is complete; 0 never."),
        new("memory-mlock", Switch, "false", "Keep the database's pages in memory (mlock); needs a limit of locked memory as large."),
        new("bootstrap-defrag-threshold-megabytes", Unsigned, "0", "Defragment at start if that frees at least this much; 0 never does."),
        new("feature-gates", Text, "", "Feature gates to switch: <name>=true|false,…"),
    ];

    private static Flag[] Unsafe() =>
    [
        new("force-new-cluster", Switch, "false", "Make a cluster of this member alone out of its data."),
        new("unsafe-no-fsync", Switch, "false", "Never sync to disk. A power cut loses acknowledged data."),
    ];

    private static Flag[] Other() =>
    [
        new("config-file", Text, "", "Path of a configuration file, YAML or JSON; all other flags and variables are ignored then."),
        new("version", Switch, "false", "Print the version and exit."),
        new("help", Switch, "false", "Print this text and exit."),
    ];

    private const string DefaultRotation = """{"maxsize": 100, "maxage": 0, "maxbackups": 0, "localtime": false, "compress": false}""";

    private static string[] IgnoredByEtcd() =>
    [
        "cluster-active-size", "cluster-remove-delay", "cluster-sync-interval", "config", "force", "max-result-buffer", "max-retry-attempts",
        "peer-heartbeat-interval", "peer-election-timeout", "retry-interval", "snapshot", "v", "vv", "test.coverprofile", "test.outputdir",
    ];

    /// <summary>Flags that were called experimental up to etcd 3.6. Unit files and configuration files of 3.5 are full of them.</summary>
    private static string[] ExperimentalFlags() =>
    [
        "corrupt-check-time", "compact-hash-check-time", "compaction-batch-limit", "compaction-sleep-interval", "peer-skip-client-san-verification",
        "watch-progress-notify-interval", "downgrade-check-time", "memory-mlock", "warning-apply-duration", "bootstrap-defrag-threshold-megabytes",
        "snapshot-catchup-entries", "enable-distributed-tracing", "distributed-tracing-address", "distributed-tracing-service-name",
        "distributed-tracing-instance-id", "distributed-tracing-sampling-rate",
    ];

    /// <summary>Switches of etcd 3.5 that have become feature gates.</summary>
    private static (string Name, string Gate)[] ExperimentalGates() =>
    [
        ("initial-corrupt-check", "InitialCorruptCheck"),
        ("compact-hash-check-enabled", "CompactHashCheck"),
        ("txn-mode-write-with-shared-buffer", "TxnModeWriteWithSharedBuffer"),
        ("stop-grpc-service-on-defrag", "StopGRPCServiceOnDefrag"),
        ("enable-lease-checkpoint", "LeaseCheckpoint"),
        ("enable-lease-checkpoint-persist", "LeaseCheckpointPersist"),
    ];
}

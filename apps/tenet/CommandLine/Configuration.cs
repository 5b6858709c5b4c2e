using System.Globalization;
using Tenet.App.Logging;
using Tenet.Foundation.Logging;
using Tenet.Hosting;
using Tenet.Server;

namespace Tenet.App.CommandLine;

/// <summary>From flag values to options, with etcd's checks in etcd's order (contract/api.md, 6.5 and 6.6).</summary>
internal static class Configuration
{
    private const string DefaultName = "default";
    private const string DefaultInitialCluster = "default=http://localhost:2380";
    private const int LongestElectionTimeoutMs = 50_000;
    public static readonly TimeSpan ShortestPeerTimeout = TimeSpan.FromSeconds(5);

    /// <summary>What the log flags ask for.</summary>
    /// <exception cref="FlagsRefusedException">One of them asks for what there is not.</exception>
    public static LogSettings Log(FlagValues flags)
    {
        if (flags.Text("logger") is not "zap" and var logger)
            throw new FlagsRefusedException($"unknown logger option \"{logger}\"");
        string level = flags.Text("log-level");
        LogFormat format = flags.Text("log-format") switch
        {
            "json" => LogFormat.Json,
            "console" => LogFormat.Console,
            var other => throw new FlagsRefusedException($"unknown log format: \"{other}\", supported values json, console"),
        };
        string[] outputs = flags.Text("log-outputs").Split(',');
        if (outputs.Contains("default") && outputs.Length > 1)
            throw new FlagsRefusedException("multi logoutput for \"default\" is not supported yet");
        if (outputs.Contains("systemd/journal") && outputs.Length > 1)
            throw new FlagsRefusedException($"running with systemd/journal but other '--log-outputs' values ({GoList(outputs)}) are configured with 'default'; override 'default' value with something else");
        if (outputs.Contains(""))
            throw new FlagsRefusedException("--log-outputs must not contain empty outputs");
        return new(
            LogSettings.FindLevel(level) ?? throw new FlagsRefusedException($"unrecognized level: \"{level}\""),
            format,
            flags.IsGiven("log-format"),
            outputs)
        {
            Rotation = Rotation(flags, outputs),
        };
    }

    /// <summary>Where spans of calls go; null if nowhere.</summary>
    /// <exception cref="FlagsRefusedException">The address or the sampling rate is no such thing.</exception>
    public static TracingSettings? Tracing(FlagValues flags)
    {
        if (!flags.Switch("enable-distributed-tracing"))
            return null;
        long rate = flags.Integer("distributed-tracing-sampling-rate");
        if (rate is < 0 or > 1_000_000)
            throw new FlagsRefusedException($"distributed tracing configurition is not valid: (tracing sampling rate must be {(rate < 0 ? "positive" : "less than 1000000")})");
        string address = flags.Text("distributed-tracing-address");
        return Uri.TryCreate("http://" + address, UriKind.Absolute, out Uri? url) && url.Authority.Length > 0
            ? new TracingSettings(url, flags.Text("distributed-tracing-service-name"), flags.Text("distributed-tracing-instance-id"), (int)rate)
            : throw new FlagsRefusedException($"--distributed-tracing-address \"{address}\" must be \"host:port\"");
    }

    private static LogRotation? Rotation(FlagValues flags, string[] outputs)
    {
        if (!flags.Switch("enable-log-rotation"))
            return null;
        int files = outputs.Count(static output => output is not ("default" or "stderr" or "stdout" or "systemd/journal"));
        return files > 1 || (files == 0 && outputs.Length == 1)
            ? throw new FlagsRefusedException("--log-outputs requires a single file path when --log-rotate-config-json is defined")
            : LogRotation.Parse(flags.Text("log-rotation-config-json"));
    }

    private static string GoList(string[] texts) => $"[{string.Join(' ', texts.Order(StringComparer.Ordinal).Select(static text => $"\"{text}\""))}]";

    /// <summary>What the member is told.</summary>
    /// <exception cref="FlagsRefusedException">The flags contradict each other, or ask for what is not served.</exception>
    public static TenetOptions Options(FlagValues flags)
    {
        IReadOnlyList<EtcdUrl> listenPeers = Listening(flags, "listen-peer-urls");
        IReadOnlyList<EtcdUrl> listenClients = Listening(flags, "listen-client-urls");
        IReadOnlyList<EtcdUrl> listenHttp = Listening(flags, "listen-client-http-urls");
        IReadOnlyList<EtcdUrl> listenMetrics = Listening(flags, "listen-metrics-urls");
        IReadOnlyList<EtcdUrl> advertisePeers = Advertised(flags, "initial-advertise-peer-urls", "must be \"host:port\"");
        IReadOnlyList<EtcdUrl> advertiseClients = Advertised(
            flags, "advertise-client-urls", "must be in the format \"host:port\", \"unix:/path/to/socket\" or \"unixs:/path/to/socket\"");
        CheckTiming(flags.Unsigned("heartbeat-interval"), flags.Unsigned("election-timeout"));
        // In a file, the default stays (contract/api.md, 6.4).
        if (!flags.AreFromFile && flags.IsGiven("listen-client-urls") && !flags.IsGiven("advertise-client-urls"))
            throw new FlagsRefusedException("--advertise-client-urls is required when --listen-client-urls is set explicitly");
        IReadOnlyDictionary<string, FeatureGate> gates = FeatureGates.Read(flags);
        CheckDiscovery(flags);
        TlsFlags.Check(flags);

        string name = flags.Text("name");
        bool found = flags.Text("discovery-endpoints").Length > 0 || flags.Text("discovery-srv").Length > 0;
        return new TenetOptions
        {
            Member = AutoCompaction(flags, MemberOptions(flags, name) with
            {
                AdvertisePeerUrls = Texts(advertisePeers),
                AdvertiseClientUrls = Texts(advertiseClients),
                InitialCluster = found ? [] : InitialCluster(flags, name, advertisePeers),
                InitialCorruptCheck = gates["InitialCorruptCheck"].Enabled,
                CompactHashCheck = gates["CompactHashCheck"].Enabled,
                LeaseCheckpoints = gates["LeaseCheckpoint"].Enabled,
                LeaseCheckpointPersist = gates["LeaseCheckpointPersist"].Enabled,
                FastLeaseKeepAlive = gates["FastLeaseKeepAlive"].Enabled,
                PriorityRequests = gates["PriorityRequest"].Enabled,
                StopServingOnDefragmentation = gates["StopGRPCServiceOnDefrag"].Enabled,
            }),
            DiscoveryEndpoints = flags.Text("discovery-endpoints") is { Length: > 0 } endpoints ? endpoints.Split(',') : [],
            DiscoveryTls = TlsFlags.Discovery(flags),
            DiscoveryInsecureTransport = flags.Switch("discovery-insecure-transport"),
            DiscoveryKeepAliveTime = flags.Duration("discovery-keepalive-time"),
            DiscoveryKeepAliveTimeout = flags.Duration("discovery-keepalive-timeout"),
            DiscoveryUser = flags.Text("discovery-user"),
            DiscoveryPassword = flags.Text("discovery-password"),
            DiscoveryDialTimeout = flags.Duration("discovery-dial-timeout"),
            ListenPeerUrls = listenPeers,
            PeerReadTimeout = AtLeast(ShortestPeerTimeout, flags.Duration("raft-read-timeout")),
            PeerWriteTimeout = AtLeast(ShortestPeerTimeout, flags.Duration("raft-write-timeout")),
            ListenClientUrls = listenClients,
            ListenClientHttpUrls = listenHttp,
            ListenMetricsUrls = listenMetrics,
            ClientTls = TlsFlags.Clients(flags),
            PeerTls = TlsFlags.Peers(flags),
            ClientAutoTls = flags.Switch("auto-tls"),
            PeerAutoTls = flags.Switch("peer-auto-tls"),
            SelfSignedCertValidity = flags.Unsigned("self-signed-cert-validity"),
            FeatureGates = [.. gates.Values.OrderBy(gate => gate.Name, StringComparer.Ordinal)],
            ExtensiveMetrics = flags.Text("metrics") == "extensive",
            SetMemberLocalAddress = gates["SetMemberLocalAddr"].Enabled,
            SocketReusePort = flags.Switch("socket-reuse-port"),
            SocketReuseAddress = flags.Switch("socket-reuse-address"),
            // As in etcd, whoever looks closely enough for debug lines gets these pages too.
            EnablePprof = flags.Switch("enable-pprof") || flags.Text("log-level") == "debug",
            JsonGateway = flags.Switch("enable-grpc-gateway"),
            GrpcReflection = flags.Switch("enable-grpc-reflection"),
            CorsOrigins = flags.Text("cors") is "*" ? ["*"] : Texts(flags.Urls("cors")),
            HostWhitelist = flags.Text("host-whitelist").Split(','),
            MaxConcurrentStreams = (uint)flags.Unsigned("max-concurrent-streams"),
            KeepAliveMinTime = flags.Duration("grpc-keepalive-min-time"),
            KeepAliveInterval = flags.Duration("grpc-keepalive-interval"),
            KeepAliveTimeout = flags.Duration("grpc-keepalive-timeout"),
        };
    }

    private static MemberOptions MemberOptions(FlagValues flags, string name)
    {
        MemberOptions defaults = new() { Name = name, DataDirectory = flags.Text("data-dir") is { Length: > 0 } given ? given : $"{name}.etcd" };
        return defaults with
        {
            WalDirectory = flags.Text("wal-dir") is { Length: > 0 } wal ? wal : null,
            InitialClusterToken = flags.Text("initial-cluster-token"),
            InitialClusterState = flags.Text("initial-cluster-state") == "existing" ? InitialClusterState.Existing : InitialClusterState.New,
            DiscoveryToken = flags.Text("discovery-token"),
            DiscoveryRequestTimeout = flags.Duration("discovery-request-timeout"),
            DiscoverySrv = flags.Text("discovery-srv"),
            DiscoverySrvName = flags.Text("discovery-srv-name"),
            StrictReconfigCheck = flags.Switch("strict-reconfig-check"),
            CorruptCheckTime = flags.Duration("corrupt-check-time"),
            CompactHashCheckTime = flags.Duration("compact-hash-check-time"),
            DowngradeCheckTime = flags.Duration("downgrade-check-time"),
            ForceNewCluster = flags.Switch("force-new-cluster"),
            HeartbeatInterval = TimeSpan.FromMilliseconds(flags.Unsigned("heartbeat-interval")),
            ElectionTimeout = TimeSpan.FromMilliseconds(flags.Unsigned("election-timeout")),
            InitialElectionTickAdvance = flags.Switch("initial-election-tick-advance"),
            PreVote = flags.Switch("pre-vote"),
            SnapshotCount = flags.Unsigned("snapshot-count"),
            SnapshotCatchUpEntries = flags.Unsigned("snapshot-catchup-entries"),
            MaxSnapshotFiles = Bounded(flags.Unsigned("max-snapshots")),
            MaxWalFiles = Bounded(flags.Unsigned("max-wals")),
            QuotaBackendBytes = flags.Integer("quota-backend-bytes"),
            BackendBatchInterval = OrDefault(flags.Duration("backend-batch-interval"), defaults.BackendBatchInterval),
            BackendBatchLimit = OrDefault(flags.Integer("backend-batch-limit"), defaults.BackendBatchLimit),
            MaxTransactionOperations = Bounded(flags.Unsigned("max-txn-ops")),
            MaxRequestBytes = Bounded(flags.Unsigned("max-request-bytes")),
            MaxLearners = Bounded((ulong)Math.Max(0, flags.Integer("max-learners"))),
            CompactionBatchLimit = OrDefault(flags.Integer("compaction-batch-limit"), defaults.CompactionBatchLimit),
            CompactionSleepInterval = OrDefault(flags.Duration("compaction-sleep-interval"), defaults.CompactionSleepInterval),
            WatchProgressNotifyInterval = OrDefault(flags.Duration("watch-progress-notify-interval"), defaults.WatchProgressNotifyInterval),
            WarningApplyDuration = flags.Duration("warning-apply-duration"),
            WarningUnaryRequestDuration = OrDefault(flags.Duration("warning-unary-request-duration"), defaults.WarningUnaryRequestDuration),
            ClientCertAuth = flags.Switch("client-cert-auth"),
            AuthToken = flags.Text("auth-token"),
            AuthTokenTtl = TimeSpan.FromSeconds(flags.Unsigned("auth-token-ttl")),
            BcryptCost = Bounded(flags.Unsigned("bcrypt-cost")),
            BootstrapDefragThresholdMegabytes = Bounded(flags.Unsigned("bootstrap-defrag-threshold-megabytes")),
            MemoryLock = flags.Switch("memory-mlock"),
            UnsafeNoFsync = flags.Switch("unsafe-no-fsync"),
        };
    }

    private static IReadOnlyList<EtcdUrl> Listening(FlagValues flags, string flag)
    {
        IReadOnlyList<EtcdUrl> urls = flags.Urls(flag);
        foreach (EtcdUrl url in urls)
        {
            if (url.ListenProblem() is { } problem)
                throw new FlagsRefusedException(problem);
            if (!url.IsSocketFile && url.PortNumber() is null)
                throw new FlagsRefusedException($"listen tcp: address {url.Port}: invalid port");
        }
        return urls;
    }

    private static IReadOnlyList<EtcdUrl> Advertised(FlagValues flags, string flag, string rule)
    {
        IReadOnlyList<EtcdUrl> urls = flags.Urls(flag);
        if (urls.FirstOrDefault(url => !url.IsSocketFile && url.Host.Length == 0) is { } nameless)
            throw new FlagsRefusedException($"--{flag} \"{string.Join(',', urls)}\" {rule} (unexpected empty host ({nameless}))");
        return urls;
    }

    private static void CheckTiming(ulong heartbeatMs, ulong electionMs)
    {
        if (heartbeatMs == 0)
            throw new FlagsRefusedException("--heartbeat-interval must be >0 (set to 0ms)");
        if (electionMs == 0)
            throw new FlagsRefusedException("--election-timeout must be >0 (set to 0ms)");
        if (heartbeatMs > electionMs / 5)
            throw new FlagsRefusedException($"--election-timeout[{electionMs}ms] should be at least as 5 times as --heartbeat-interval[{heartbeatMs}ms]");
        if (electionMs > LongestElectionTimeoutMs)
            throw new FlagsRefusedException($"--election-timeout[{electionMs}ms] is too long, and should be set less than {LongestElectionTimeoutMs}ms");
    }

    private static IReadOnlyList<InitialMember> InitialCluster(FlagValues flags, string name, IReadOnlyList<EtcdUrl> advertisePeers)
    {
        string text = flags.Text("initial-cluster") is { Length: > 0 } given ? given : DefaultInitialCluster;
        if (text == DefaultInitialCluster && name != DefaultName)
            return [new(name, Texts(advertisePeers))];
        try
        {
            return InitialMember.ParseList(text);
        }
        catch (FormatException problem)
        {
            throw new FlagsRefusedException($"error setting up initial cluster: {problem.Message}");
        }
    }

    private static MemberOptions AutoCompaction(FlagValues flags, MemberOptions options)
    {
        string mode = flags.Text("auto-compaction-mode");
        if (mode is not ("periodic" or "revision"))
            throw new FlagsRefusedException(mode.Length == 0 ? "undefined auto-compaction-mode" : $"unknown auto-compaction-mode \"{mode}\"");
        string retention = flags.Text("auto-compaction-retention");
        TimeSpan period;
        long revisions;
        if (long.TryParse(retention, NumberStyles.None, CultureInfo.InvariantCulture, out long number))
        {
            if (mode == "periodic" && number > TimeSpan.MaxValue.TotalHours / 100)
                throw new FlagsRefusedException($"error parsing CompactionRetention: time: invalid duration \"{retention}\"");
            (period, revisions) = (mode == "periodic" ? TimeSpan.FromHours(number) : default, number);
        }
        else if (GoDurationReader.TryParse(retention, out period, out string error))
        {
            // etcd counts such a text in nanoseconds when revisions are meant.
            revisions = period.Ticks * 100;
        }
        else
        {
            throw new FlagsRefusedException($"error parsing CompactionRetention: {error}");
        }
        if (revisions == 0)
            return options;
        return mode == "periodic"
            ? options with { AutoCompaction = AutoCompactionMode.Periodic, AutoCompactionPeriod = period }
            : options with { AutoCompaction = AutoCompactionMode.Revision, AutoCompactionRevisions = revisions };
    }

    private static void CheckDiscovery(FlagValues flags)
    {
        string[] ways = ["initial-cluster", "discovery-endpoints", "discovery-srv"];
        // A file that spells out the default leaves the cluster to be discovered.
        bool saysDefault = flags.AreFromFile && flags.Text("initial-cluster") == DefaultInitialCluster;
        if (ways.Count(way => flags.IsGiven(way) && flags.Text(way).Length > 0 && !(saysDefault && way == "initial-cluster")) > 1)
        {
            throw new FlagsRefusedException(
                "multiple discovery or bootstrap flags are set. Choose one of \"initial-cluster\", \"discovery-endpoints\" or \"discovery-srv\"");
        }

        string endpoints = flags.Text("discovery-endpoints");
        if (endpoints.Length > 0 != flags.Text("discovery-token").Length > 0)
            throw new FlagsRefusedException("both --discovery-token and --discovery-endpoints must be set");
        if (endpoints.Length > 0 && endpoints.Split(',').Any(static endpoint => endpoint.Trim().Length == 0))
            throw new FlagsRefusedException("--discovery-endpoints must not contain empty endpoints");
        if (flags.Text("discovery-fallback") == "proxy")
            throw new FlagsRefusedException("v2 proxy is deprecated, and --discovery-fallback can't be configured as \"proxy\"");
        if (flags.Duration("compact-hash-check-time") <= TimeSpan.Zero)
            throw new FlagsRefusedException("--compact-hash-check-time must be >0 (set to 0s)");
    }

    private static List<string> Texts(IReadOnlyList<EtcdUrl> urls) => [.. urls.Select(url => url.Text)];

    private static int Bounded(ulong value) => (int)Math.Min(value, int.MaxValue);

    private static int OrDefault(long value, int standard) => value == 0 ? standard : (int)Math.Clamp(value, 1, int.MaxValue);

    private static TimeSpan AtLeast(TimeSpan least, TimeSpan value) => value < least ? least : value;

    private static TimeSpan OrDefault(TimeSpan value, TimeSpan standard) => value == TimeSpan.Zero ? standard : value;
}

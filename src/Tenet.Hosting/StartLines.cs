using System.Net;
using System.Reflection;
using System.Runtime.InteropServices;
using Tenet.Foundation.Files;
using Tenet.Foundation.Logging;
using Tenet.Server;
using Tenet.State.Apply;

namespace Tenet.Hosting;

/// <summary>The log lines of a start that tools and operators wait for (contract/api.md, 8.2).</summary>
internal static class StartLines
{
    /// <summary>What the member is told, before it starts.</summary>
    public static void Announce(TenetOptions options, IFileSystem files, IPAddress? localAddress, ILog log)
    {
        MemberOptions member = options.Member;
        bool initialized = files.DirectoryExists(member.EffectiveWalDirectory);
        // In etcd's line, a retention by revisions is counted in nanoseconds.
        TimeSpan retention = member.AutoCompaction == AutoCompactionMode.Revision ? TimeSpan.FromTicks(member.AutoCompactionRevisions / 100) : member.AutoCompactionPeriod;
        log.Info(
            "starting an etcd server",
            new("etcd-version", MemberOptions.ServerVersion),
            new("git-sha", Commit()),
            new("go-version", RuntimeInformation.FrameworkDescription),
            new("go-os", OperatingSystem.IsLinux() ? "linux" : RuntimeInformation.OSDescription),
            new("go-arch", RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()),
            new("max-cpu-set", Environment.ProcessorCount),
            new("max-cpu-available", Environment.ProcessorCount),
            new("member-initialized", initialized),
            new("name", member.Name),
            new("data-dir", member.DataDirectory),
            new("wal-dir", member.WalDirectory ?? ""),
            new("wal-dir-dedicated", member.WalDirectory ?? ""),
            new("member-dir", member.MemberDirectory),
            new("force-new-cluster", member.ForceNewCluster),
            new("heartbeat-interval", member.HeartbeatInterval),
            new("election-timeout", member.ElectionTimeout),
            new("initial-election-tick-advance", member.InitialElectionTickAdvance),
            new("snapshot-count", member.SnapshotCount),
            new("max-wals", member.MaxWalFiles),
            new("max-snapshots", member.MaxSnapshotFiles),
            new("snapshot-catchup-entries", member.SnapshotCatchUpEntries),
            new("initial-advertise-peer-urls", member.AdvertisePeerUrls),
            new("listen-peer-urls", Texts(options.ListenPeerUrls)),
            new("advertise-client-urls", member.AdvertiseClientUrls),
            new("listen-client-urls", Texts(options.ListenClientUrls)),
            new("listen-metrics-urls", Texts(options.ListenMetricsUrls)),
            new("local-address", localAddress?.ToString() ?? ""),
            new("cors", options.CorsOrigins.Order(StringComparer.Ordinal)),
            new("host-whitelist", options.HostWhitelist.Order(StringComparer.Ordinal)),
            new("initial-cluster", initialized ? "" : Founders(options)),
            new("initial-cluster-state", member.InitialClusterState == InitialClusterState.New ? "new" : "existing"),
            new("initial-cluster-token", initialized ? "" : options.DiscoveryEndpoints.Count > 0 ? member.DiscoveryToken : member.InitialClusterToken),
            new("quota-backend-bytes", member.QuotaBackendBytes == 0 ? Quota.DefaultBytes : member.QuotaBackendBytes),
            new("max-request-bytes", member.MaxRequestBytes),
            new("max-concurrent-streams", options.MaxConcurrentStreams),
            new("pre-vote", member.PreVote),
            new("feature-gates", string.Join(',', options.FeatureGates.Select(static gate => $"{gate.Name}={(gate.Enabled ? "true" : "false")}"))),
            new("initial-corrupt-check", member.InitialCorruptCheck),
            new("corrupt-check-time-interval", member.CorruptCheckTime),
            new("compact-check-time-interval", member.CompactHashCheckTime),
            new("auto-compaction-mode", member.AutoCompaction == AutoCompactionMode.Revision ? "revision" : "periodic"),
            new("auto-compaction-retention", retention),
            new("auto-compaction-interval", retention),
            new("discovery-token", member.DiscoveryToken),
            new("discovery-endpoints", string.Join(',', options.DiscoveryEndpoints)),
            new("discovery-dial-timeout", options.DiscoveryDialTimeout),
            new("discovery-request-timeout", member.DiscoveryRequestTimeout),
            new("discovery-keepalive-time", options.DiscoveryKeepAliveTime),
            new("discovery-keepalive-timeout", options.DiscoveryKeepAliveTimeout),
            new("discovery-insecure-transport", options.DiscoveryInsecureTransport),
            new("discovery-insecure-skip-tls-verify", options.DiscoveryTls.SkipServerVerification),
            new("discovery-cert", options.DiscoveryTls.CertFile),
            new("discovery-key", options.DiscoveryTls.KeyFile),
            new("discovery-cacert", options.DiscoveryTls.TrustedCaFile),
            new("discovery-user", options.DiscoveryUser),
            new("downgrade-check-interval", member.DowngradeCheckTime),
            new("max-learners", member.MaxLearners),
            new("v2-deprecation", "write-only"));
    }

    /// <summary>Who founds the cluster, as far as it is known before anybody is asked: what a member that has lived before was told of it does not count.</summary>
    private static string Founders(TenetOptions options)
    {
        MemberOptions member = options.Member;
        IReadOnlyList<InitialMember> founders = options.DiscoveryEndpoints.Count > 0 ? [new InitialMember(member.Name, member.AdvertisePeerUrls)] : member.InitialCluster;
        return string.Join(',', founders.SelectMany(static one => one.PeerUrls.Select(url => $"{one.Name}={url}")).Order(StringComparer.Ordinal));
    }

    /// <summary>The commit that this build was made of.</summary>
    private static string Commit()
    {
        string build = typeof(StartLines).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
        return build.Split('+') is [_, var hash] ? hash : "not known";
    }

    /// <summary>That peers are answered.</summary>
    public static void ServingPeers(IReadOnlyList<string> urls, ILog log)
    {
        foreach (string url in urls)
            log.Info("serving peer traffic", new LogField("address", url[(url.IndexOf("://", StringComparison.Ordinal) + 3)..]));
    }

    /// <summary>That the doors are open.</summary>
    public static void Serving(TenetOptions options, Member member, ILog log) =>
        log.Info(
            "now serving peer/client/metrics",
            new("local-member-id", member.Status.MemberId.ToString("x")),
            new("initial-advertise-peer-urls", options.Member.AdvertisePeerUrls),
            new("listen-peer-urls", Texts(options.ListenPeerUrls)),
            new("advertise-client-urls", options.Member.AdvertiseClientUrls),
            new("listen-client-urls", Texts(options.ListenClientUrls)),
            new("listen-metrics-urls", Texts(options.ListenMetricsUrls)));

    private static string[] Texts(IReadOnlyList<EtcdUrl> urls) => [.. urls.Select(url => url.Text)];
}

using System.Runtime.InteropServices;
using Tenet.Foundation.Files;
using Tenet.Foundation.Logging;
using Tenet.Server;

namespace Tenet.Hosting;

/// <summary>The log lines of a start that tools and operators wait for (contract/api.md, 8.2).</summary>
internal static class StartLines
{
    /// <summary>What the member is told, before it starts.</summary>
    public static void Announce(TenetOptions options, IFileSystem files, ILog log)
    {
        MemberOptions member = options.Member;
        log.Info(
            "starting an etcd server",
            new("etcd-version", MemberOptions.ServerVersion),
            new("runtime", RuntimeInformation.FrameworkDescription),
            new("max-cpu-available", Environment.ProcessorCount),
            new("member-initialized", files.DirectoryExists(member.EffectiveWalDirectory)),
            new("name", member.Name),
            new("data-dir", member.DataDirectory),
            new("wal-dir", member.WalDirectory ?? ""),
            new("member-dir", member.MemberDirectory),
            new("force-new-cluster", member.ForceNewCluster),
            new("heartbeat-interval", member.HeartbeatInterval),
            new("election-timeout", member.ElectionTimeout),
            new("snapshot-count", member.SnapshotCount),
            new("max-wals", member.MaxWalFiles),
            new("max-snapshots", member.MaxSnapshotFiles),
            new("snapshot-catchup-entries", member.SnapshotCatchUpEntries),
            new("initial-advertise-peer-urls", member.AdvertisePeerUrls),
            new("listen-peer-urls", Texts(options.ListenPeerUrls)),
            new("advertise-client-urls", member.AdvertiseClientUrls),
            new("listen-client-urls", Texts(options.ListenClientUrls)),
            new("listen-metrics-urls", Texts(options.ListenMetricsUrls)),
            new("initial-cluster", string.Join(',', member.InitialCluster.SelectMany(one => one.PeerUrls.Select(url => $"{one.Name}={url}")))),
            new("initial-cluster-state", member.InitialClusterState == InitialClusterState.New ? "new" : "existing"),
            new("initial-cluster-token", member.InitialClusterToken),
            new("quota-backend-bytes", member.QuotaBackendBytes),
            new("max-request-bytes", member.MaxRequestBytes),
            new("max-concurrent-streams", options.MaxConcurrentStreams),
            new("pre-vote", member.PreVote),
            new("auto-compaction-mode", member.AutoCompaction == AutoCompactionMode.Revision ? "revision" : "periodic"),
            new("auto-compaction-retention", member.AutoCompactionPeriod));
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

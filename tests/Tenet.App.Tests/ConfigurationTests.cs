using Tenet.App.CommandLine;
using Tenet.Hosting;
using Tenet.Server;

namespace Tenet.App.Tests;

public sealed class ConfigurationTests
{
    [Fact]
    public void Without_flags_a_member_named_default_listens_where_etcd_does()
    {
        TenetOptions options = Configuration.Options(FlagParserTests.Parsed());
        Assert.Equal("default", options.Member.Name);
        Assert.Equal("default.etcd", options.Member.DataDirectory);
        Assert.Equal("localhost:2379", Assert.Single(options.ListenClientUrls).Address);
        InitialMember alone = Assert.Single(options.Member.InitialCluster);
        Assert.Equal("default", alone.Name);
        Assert.Equal(["http://localhost:2380"], alone.PeerUrls);
        Assert.Equal(AutoCompactionMode.Off, options.Member.AutoCompaction);
        Assert.Equal(TimeSpan.FromMilliseconds(100), options.Member.BackendBatchInterval);
    }

    [Fact]
    public void A_name_alone_founds_a_cluster_of_that_name()
    {
        TenetOptions options = Configuration.Options(FlagParserTests.Parsed("--name", "one", "--initial-advertise-peer-urls", "http://10.0.0.1:2380"));
        Assert.Equal("one.etcd", options.Member.DataDirectory);
        InitialMember alone = Assert.Single(options.Member.InitialCluster);
        Assert.Equal("one", alone.Name);
        Assert.Equal(["http://10.0.0.1:2380"], alone.PeerUrls);
    }

    [Fact]
    public void Flags_arrive_in_the_options()
    {
        MemberOptions member = Configuration.Options(FlagParserTests.Parsed(
            "--snapshot-count=77", "--quota-backend-bytes", "-1", "--max-request-bytes", "1000", "--max-txn-ops=9", "--heartbeat-interval", "50", "--election-timeout", "500",
            "--auto-compaction-mode", "revision", "--auto-compaction-retention", "1000", "--pre-vote=false", "--unsafe-no-fsync", "--wal-dir", "/elsewhere",
            "--compaction-batch-limit", "5", "--watch-progress-notify-interval", "30s", "--initial-cluster-token", "t")).Member;
        Assert.Equal(77ul, member.SnapshotCount);
        Assert.Equal(-1, member.QuotaBackendBytes);
        Assert.Equal(1000, member.MaxRequestBytes);
        Assert.Equal(9, member.MaxTransactionOperations);
        Assert.Equal(10, member.ElectionTicks);
        Assert.Equal((AutoCompactionMode.Revision, 1000), (member.AutoCompaction, member.AutoCompactionRevisions));
        Assert.False(member.PreVote);
        Assert.True(member.UnsafeNoFsync);
        Assert.Equal("/elsewhere", member.EffectiveWalDirectory);
        Assert.Equal(5, member.CompactionBatchLimit);
        Assert.Equal(TimeSpan.FromSeconds(30), member.WatchProgressNotifyInterval);
        Assert.Equal("t", member.InitialClusterToken);
    }

    [Fact]
    public void A_name_of_etcd_3_5_means_the_flag_that_it_has_become()
    {
        FlagValues flags = FlagParserTests.Parsed("--experimental-corrupt-check-time", "5m", "--experimental-compaction-batch-limit=7");
        MemberOptions member = Configuration.Options(flags).Member;
        Assert.Equal(TimeSpan.FromMinutes(5), member.CorruptCheckTime);
        Assert.Equal(7, member.CompactionBatchLimit);
        Assert.True(flags.IsGiven("corrupt-check-time"));
        CollectedLog log = new();
        StartWarnings.Write(flags, log);
        Assert.Contains("warn --experimental-corrupt-check-time is its name in etcd 3.5; etcd 3.7 refuses it and knows --corrupt-check-time.", log.Lines);
    }

    [Fact]
    public void The_security_flags_reach_the_doors()
    {
        TenetOptions options = Configuration.Options(FlagParserTests.Parsed(
            "--cert-file=c", "--key-file=k", "--trusted-ca-file=ca", "--client-cert-auth", "--client-crl-file=crl", "--client-cert-allowed-cn=a,b",
            "--listen-client-urls=https://127.0.0.1:1,unix:///run/x.sock", "--advertise-client-urls=https://127.0.0.1:1,unixs:///run/x.sock",
            "--peer-cert-file=pc", "--peer-key-file=pk", "--peer-trusted-ca-file=pca", "--peer-client-cert-file=pcc", "--peer-client-key-file=pck",
            "--peer-cert-allowed-hostname=x.org", "--peer-skip-client-san-verification", "--cipher-suites=TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
            "--tls-max-version=TLS1.2", "--auto-tls", "--self-signed-cert-validity=7", "--discovery-cacert=dca", "--discovery-user=u", "--discovery-password=p"));
        Assert.Equal("cert = c, key = k, client-cert=, client-key=, trusted-ca = ca, client-cert-auth = true, crl-file = crl", options.ClientTls.ToString());
        Assert.Equal(["a", "b"], options.ClientTls.AllowedCommonNames);
        Assert.Equal("cert = pc, key = pk, client-cert=pcc, client-key=pck, trusted-ca = pca, client-cert-auth = false, crl-file = ", options.PeerTls.ToString());
        Assert.Equal(["x.org"], options.PeerTls.AllowedHostnames);
        Assert.True(options.PeerTls.SkipClientSanVerification);
        Assert.Equal(("TLS1.2", "TLS1.2"), (options.PeerTls.MinVersion, options.PeerTls.MaxVersion));
        Assert.Equal((true, false, 7ul), (options.ClientAutoTls, options.PeerAutoTls, options.SelfSignedCertValidity));
        Assert.Equal(("dca", "u", "p"), (options.DiscoveryTls.TrustedCaFile, options.DiscoveryUser, options.DiscoveryPassword));
        Assert.True(options.DiscoveryInsecureTransport);
        TenetOptions others = Configuration.Options(FlagParserTests.Parsed(
            "--discovery-insecure-transport=false", "--discovery-insecure-skip-tls-verify", "--discovery-cert=dc", "--discovery-key=dk", "--discovery-keepalive-time=20s",
            "--discovery-keepalive-timeout=3s"));
        Assert.False(others.DiscoveryInsecureTransport);
        Assert.True(others.DiscoveryTls is { CertFile: "dc", KeyFile: "dk", SkipServerVerification: true });
        Assert.Equal((TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(3)), (others.DiscoveryKeepAliveTime, others.DiscoveryKeepAliveTimeout));
    }

    [Fact]
    public void The_help_text_names_every_flag_once_and_says_which_are_refused()
    {
        string[] lines = HelpText.Flags().Split('\n');
        foreach (Flag flag in FlagTable.All)
            Assert.Single(lines, line => line == $"  --{flag.Name}" || line.StartsWith($"  --{flag.Name} '", StringComparison.Ordinal));
        Assert.Contains("  CompactHashCheck=true (ALPHA)", lines);
    }

    /// <summary>Each flag of etcd 3.7 with a value that is not its default, and what has to go with it.</summary>
    private static readonly string[] EveryFlag =
    [
        "name one", "data-dir d", "wal-dir w", "snapshot-count 7", "snapshot-catchup-entries 7", "heartbeat-interval 50", "election-timeout 2000", "initial-election-tick-advance=false",
        "listen-peer-urls http://127.0.0.1:1", "listen-client-urls http://127.0.0.1:1 advertise-client-urls http://127.0.0.1:1", "listen-client-http-urls http://127.0.0.1:1",
        "listen-metrics-urls http://127.0.0.1:1", "max-snapshots 1", "max-wals 1", "quota-backend-bytes 1", "backend-bbolt-freelist-type array", "backend-batch-interval 1s",
        "backend-batch-limit 1", "max-txn-ops 1", "max-request-bytes 1", "max-concurrent-streams 1", "grpc-keepalive-min-time 1s", "grpc-keepalive-interval 1s",
        "grpc-keepalive-timeout 1s", "socket-reuse-port", "socket-reuse-address", "raft-read-timeout 6s", "raft-write-timeout 6s", "max-learners 2",
        "initial-advertise-peer-urls http://127.0.0.1:1", "initial-cluster default=http://127.0.0.1:1", "initial-cluster-state existing", "initial-cluster-token t",
        "advertise-client-urls http://127.0.0.1:1", "discovery-endpoints h:1 discovery-token t", "discovery-token t discovery-endpoints h:1", "discovery-dial-timeout 1s",
        "discovery-request-timeout 1s", "discovery-keepalive-time 1s", "discovery-keepalive-timeout 1s", "discovery-insecure-transport=false", "discovery-insecure-skip-tls-verify",
        "discovery-cert c", "discovery-key k", "discovery-cacert c", "discovery-user u", "discovery-password p", "discovery-fallback exit", "discovery-srv example.com",
        "discovery-srv-name n", "strict-reconfig-check=false", "pre-vote=false", "auto-compaction-mode revision", "auto-compaction-retention 1", "v2-deprecation gone",
        "cert-file c", "key-file k", "trusted-ca-file c", "client-cert-file c", "client-key-file k", "client-cert-auth", "client-crl-file c", "client-cert-allowed-hostname h",
        "auto-tls", "peer-cert-file c", "peer-key-file k", "peer-trusted-ca-file c", "peer-client-cert-file c", "peer-client-key-file k", "peer-client-cert-auth", "peer-crl-file c",
        "peer-auto-tls", "peer-cert-allowed-cn c", "peer-cert-allowed-hostname h", "peer-skip-client-san-verification", "self-signed-cert-validity 2",
        "cipher-suites TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "tls-min-version TLS1.3", "tls-max-version TLS1.2", "cors http://a:1", "host-whitelist a",
        "auth-token jwt,sign-method=HS256", "bcrypt-cost 4", "auth-token-ttl 1", "enable-pprof", "metrics extensive", "enable-distributed-tracing", "distributed-tracing-address h:1",
        "distributed-tracing-service-name s", "distributed-tracing-instance-id i", "distributed-tracing-sampling-rate 1", "logger zap", "log-outputs stdout", "log-level warn",
        "log-format console", "enable-log-rotation log-outputs /tmp/x", "log-rotation-config-json {}", "enable-grpc-gateway=false", "corrupt-check-time 1s",
        "compact-hash-check-time 1s", "compaction-batch-limit 1", "compaction-sleep-interval 1s", "watch-progress-notify-interval 1s", "downgrade-check-time 1s",
        "warning-apply-duration 1s", "warning-unary-request-duration 1s", "memory-mlock", "bootstrap-defrag-threshold-megabytes 1", "unsafe-no-fsync", "force-new-cluster",
        "feature-gates StopGRPCServiceOnDefrag=true", "feature-gates InitialCorruptCheck=false", "feature-gates CompactHashCheck=false", "feature-gates TxnModeWriteWithSharedBuffer=false",
        "feature-gates LeaseCheckpoint=true", "feature-gates LeaseCheckpoint=true,LeaseCheckpointPersist=true", "feature-gates SetMemberLocalAddr=true",
        "feature-gates FastLeaseKeepAlive=false", "feature-gates PriorityRequest=true", "feature-gates AllAlpha=true", "feature-gates AllBeta=true",
    ];

    public static TheoryData<string> FlagsOfEtcd => [.. EveryFlag];

    [Theory]
    [MemberData(nameof(FlagsOfEtcd))]
    public void No_flag_of_etcd_is_refused(string arguments)
    {
        FlagValues flags = FlagParserTests.Parsed([.. arguments.Split(' ').Select((word, i) => i == 0 || FlagTable.Find(word) is not null ? "--" + word : word)]);
        Assert.NotNull(Configuration.Log(flags));
        Assert.NotNull(Configuration.Options(flags));
        Assert.Equal(arguments.StartsWith("enable-distributed-tracing", StringComparison.Ordinal), Configuration.Tracing(flags) is not null);
    }

    [Fact]
    public void There_is_no_flag_of_etcd_but_these()
    {
        // What these three do is to end before there are options; the others are Tenet's own.
        string[] others = ["config-file", "version", "help", "enable-grpc-reflection", "client-cert-allowed-cn"];
        Assert.Equal(
            FlagTable.Groups.SelectMany(group => group.Flags).Select(flag => flag.Name).Except(others).Order(StringComparer.Ordinal),
            EveryFlag.Select(row => row.Split(' ', '=')[0]).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_was_refused_once_reaches_the_member()
    {
        TenetOptions options = Configuration.Options(FlagParserTests.Parsed("--enable-pprof", "--memory-mlock", "--socket-reuse-port", "--feature-gates", "PriorityRequest=true,StopGRPCServiceOnDefrag=true,FastLeaseKeepAlive=false"));
        Assert.True(options is { EnablePprof: true, SocketReusePort: true, SocketReuseAddress: false });
        Assert.True(options.Member is { MemoryLock: true, PriorityRequests: true, StopServingOnDefragmentation: true, FastLeaseKeepAlive: false });
        Assert.True(Configuration.Options(FlagParserTests.Parsed("--log-level", "debug")).EnablePprof);
    }

    [Theory]
    [InlineData("8", 8)]
    [InlineData("90m", 1.5)]
    public void A_bare_number_of_periodic_retention_means_hours(string retention, double hours)
    {
        MemberOptions member = Configuration.Options(FlagParserTests.Parsed("--auto-compaction-retention", retention)).Member;
        Assert.Equal((AutoCompactionMode.Periodic, TimeSpan.FromHours(hours)), (member.AutoCompaction, member.AutoCompactionPeriod));
    }

    [Theory]
    [InlineData("unexpected TLS version \"TLS1.1\" (must be one of: TLS1.2, TLS1.3)", "--tls-min-version", "TLS1.1")]
    [InlineData("min version (TLS1.3) is greater than max version (TLS1.2)", "--tls-min-version", "TLS1.3", "--tls-max-version", "TLS1.2")]
    [InlineData("cipher suites cannot be configured when only TLS1.3 is enabled", "--tls-min-version", "TLS1.3", "--cipher-suites", "TLS_RSA_WITH_AES_128_CBC_SHA")]
    [InlineData("unexpected TLS cipher suite \"TLS_NULL_WITH_NULL_NULL\"", "--cipher-suites", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_NULL_WITH_NULL_NULL")]
    [InlineData("multiple discovery or bootstrap flags are set", "--discovery-srv", "example.com", "--initial-cluster", "default=http://localhost:2380")]
    [InlineData("both --discovery-token and --discovery-endpoints must be set", "--discovery-token", "t")]
    [InlineData("both --discovery-token and --discovery-endpoints must be set", "--discovery-endpoints", "localhost:1")]
    [InlineData("--discovery-endpoints must not contain empty endpoints", "--discovery-endpoints", "localhost:1,", "--discovery-token", "t")]
    [InlineData("v2 proxy is deprecated", "--discovery-fallback", "proxy")]
    [InlineData("--compact-hash-check-time must be >0", "--compact-hash-check-time", "0s")]
    [InlineData("enabling feature gate LeaseCheckpointPersist requires", "--feature-gates", "LeaseCheckpointPersist=true")]
    [InlineData("unrecognized feature gate: Nothing", "--feature-gates", "Nothing=true")]
    [InlineData("--advertise-client-urls is required when --listen-client-urls is set explicitly", "--listen-client-urls", "http://127.0.0.1:1")]
    [InlineData("unknown auto-compaction-mode \"x\"", "--auto-compaction-mode", "x")]
    [InlineData("--heartbeat-interval must be >0 (set to 0ms)", "--heartbeat-interval", "0")]
    [InlineData("--election-timeout[18446744073709551615ms] is too long", "--election-timeout", "18446744073709551615")]
    [InlineData("error setting up initial cluster: URL scheme must be http, https, unix, or unixs: foo", "--initial-cluster", "default=foo")]
    public void What_cannot_be_met_is_refused_with_one_clear_line(string problem, params string[] arguments)
    {
        FlagsRefusedException refused = Assert.Throws<FlagsRefusedException>(() => Configuration.Options(FlagParserTests.Parsed(arguments)));
        Assert.Contains(problem, refused.Message);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Theory]
    [InlineData("--client-cert-auth=false")]
    [InlineData("--auth-token", "jwt,sign-method=RS256", "--bcrypt-cost", "12", "--auth-token-ttl", "60")]
    [InlineData("--tls-min-version=TLS1.2")]
    [InlineData("--compact-hash-check-time", "60s")]
    [InlineData("--feature-gates", "FastLeaseKeepAlive=true,LeaseCheckpoint=false")]
    [InlineData("--enable-grpc-gateway=false")]
    [InlineData("--snapshot", "whatever")]
    public void Saying_the_default_of_what_is_not_served_is_no_fault(params string[] arguments) =>
        Assert.NotNull(Configuration.Options(FlagParserTests.Parsed(arguments)));
}

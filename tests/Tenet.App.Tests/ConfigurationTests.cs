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
    public void The_help_text_names_every_flag_once_and_says_which_are_refused()
    {
        string[] lines = HelpText.Flags().Split('\n');
        foreach (Flag flag in FlagTable.All)
            Assert.Single(lines, line => line == $"  --{flag.Name}" || line.StartsWith($"  --{flag.Name} '", StringComparison.Ordinal));
        Assert.Equal(
            FlagTable.Groups.SelectMany(group => group.Flags).Count(flag => flag.Standing == FlagStanding.NotServed), lines.Count(line => line.Contains("Not served yet, and refused")));
        Assert.Contains("  CompactHashCheck=true (ALPHA)", lines);
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
    [InlineData("--cert-file is not served yet", "--cert-file", "x")]
    [InlineData("--client-cert-auth is not served yet", "--client-cert-auth")]
    [InlineData("multiple discovery or bootstrap flags are set", "--discovery-srv", "example.com", "--initial-cluster", "default=http://localhost:2380")]
    [InlineData("both --discovery-token and --discovery-endpoints must be set", "--discovery-token", "t")]
    [InlineData("both --discovery-token and --discovery-endpoints must be set", "--discovery-endpoints", "localhost:1")]
    [InlineData("--discovery-endpoints must not contain empty endpoints", "--discovery-endpoints", "localhost:1,", "--discovery-token", "t")]
    [InlineData("v2 proxy is deprecated", "--discovery-fallback", "proxy")]
    [InlineData("--compact-hash-check-time must be >0", "--compact-hash-check-time", "0s")]
    [InlineData("enabling feature gate LeaseCheckpointPersist requires", "--feature-gates", "LeaseCheckpointPersist=true")]
    [InlineData("is not served yet: TLS", "--listen-client-urls", "https://127.0.0.1:1", "--advertise-client-urls", "https://127.0.0.1:1")]
    [InlineData("--listen-peer-urls https://127.0.0.1:1 is not served yet: TLS", "--listen-peer-urls", "https://127.0.0.1:1")]
    [InlineData("--feature-gates PriorityRequest=true is not served yet", "--feature-gates", "PriorityRequest=true")]
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

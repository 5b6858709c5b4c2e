using System.Net;
using Tenet.Foundation.Files.Simulation;
using Tenet.Foundation.Logging;
using Tenet.Server;
using Tenet.Transport.Tls;

namespace Tenet.Hosting.Tests;

/// <summary>What a member says of itself before it starts.</summary>
public sealed class StartLinesTests
{
    /// <summary>The fields of etcd 3.7.1, in its order.</summary>
    private const string Fields =
        "etcd-version git-sha go-version go-os go-arch max-cpu-set max-cpu-available member-initialized name data-dir wal-dir wal-dir-dedicated member-dir force-new-cluster "
        + "heartbeat-interval election-timeout initial-election-tick-advance snapshot-count max-wals max-snapshots snapshot-catchup-entries initial-advertise-peer-urls "
        + "listen-peer-urls advertise-client-urls listen-client-urls listen-metrics-urls local-address cors host-whitelist initial-cluster initial-cluster-state "
        + "initial-cluster-token quota-backend-bytes max-request-bytes max-concurrent-streams pre-vote feature-gates initial-corrupt-check corrupt-check-time-interval "
        + "compact-check-time-interval auto-compaction-mode auto-compaction-retention auto-compaction-interval discovery-token discovery-endpoints discovery-dial-timeout "
        + "discovery-request-timeout discovery-keepalive-time discovery-keepalive-timeout discovery-insecure-transport discovery-insecure-skip-tls-verify discovery-cert "
        + "discovery-key discovery-cacert discovery-user downgrade-check-interval max-learners v2-deprecation";

    private readonly SimFileSystem _disk = new();

    [Fact]
    public void The_line_of_the_start_has_the_fields_of_etcd_in_its_order()
    {
        LogField[] line = Announced(Options());
        Assert.Equal(Fields.Split(' '), line.Select(static field => field.Name));
        Assert.Equal(false, Value(line, "member-initialized"));
        Assert.Equal("a=http://a:1,b=http://b:1,b=http://b:2", Value(line, "initial-cluster"));
        Assert.Equal("etcd-cluster", Value(line, "initial-cluster-token"));
        Assert.Equal(["http://x", "http://y"], Assert.IsAssignableFrom<IEnumerable<string>>(Value(line, "cors")));
        Assert.Equal("10.1.2.3", Value(line, "local-address"));
        Assert.Equal(2147483648L, Value(line, "quota-backend-bytes"));
    }

    [Fact]
    public void What_a_member_was_founded_with_is_said_only_of_one_that_is_being_founded()
    {
        _disk.CreateDirectory("/data/member/wal");
        LogField[] line = Announced(Options());
        Assert.Equal(true, Value(line, "member-initialized"));
        Assert.Equal(("", ""), (Value(line, "initial-cluster"), Value(line, "initial-cluster-token")));
    }

    [Fact]
    public void Who_asks_a_discovery_service_says_how()
    {
        LogField[] line = Announced(Options() with
        {
            DiscoveryEndpoints = ["d1:1", "d2:1"],
            DiscoveryTls = new TlsSettings { CertFile = "c", KeyFile = "k", TrustedCaFile = "ca", SkipServerVerification = true },
            DiscoveryInsecureTransport = false,
            DiscoveryUser = "u",
        });
        Assert.Equal("b=http://b:1,b=http://b:2", Value(line, "initial-cluster"));
        Assert.Equal("token", Value(line, "initial-cluster-token"));
        Assert.Equal(
            ["token", "d1:1,d2:1", TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(6), false, true, "c", "k", "ca", "u"],
            line.Where(static field => field.Name.StartsWith("discovery-", StringComparison.Ordinal)).Select(static field => field.Value));
    }

    [Theory]
    [InlineData(true, "10.1.2.3", "http://n1.example.com:2380", "http://127.0.0.1:2380", "http://0.0.0.0:2380", "http://10.1.2.3:2380", "http://10.1.2.4:2380")]
    [InlineData(true, "2001:db8::1", "http://[::1]:2380", "http://[::]:2380", "http://[2001:db8::1]:2380")]
    [InlineData(true, null, "http://localhost:2380", "http://127.0.0.1:2380")]
    [InlineData(false, null, "http://10.1.2.3:2380")]
    public void With_the_gate_open_the_first_address_that_others_may_know_is_spoken_from(bool open, string? expected, params string[] urls)
    {
        Kept log = new();
        TenetOptions options = Options();
        options = options with { SetMemberLocalAddress = open, Member = options.Member with { AdvertisePeerUrls = urls } };
        Assert.Equal(expected, LocalAddress.Infer(options, log)?.ToString());
        string[] said = open
            ? ["searching for a suitable member local address in AdvertisePeerURLs", expected is null ? "unable to set a member local address due to lack of suitable local addresses" : "setting member local address"]
            : [];
        Assert.Equal(said, log.Lines.Select(static line => line.Message));
    }

    private static TenetOptions Options() => new()
    {
        Member = new MemberOptions
        {
            Name = "b",
            DataDirectory = "/data",
            InitialCluster = [new InitialMember("b", ["http://b:2", "http://b:1"]), new InitialMember("a", ["http://a:1"])],
            AdvertisePeerUrls = ["http://b:2", "http://b:1"],
            DiscoveryToken = "token",
        },
        CorsOrigins = ["http://y", "http://x"],
    };

    private LogField[] Announced(TenetOptions options)
    {
        Kept log = new();
        StartLines.Announce(options, _disk, IPAddress.Parse("10.1.2.3"), log);
        (string message, LogField[] fields) = Assert.Single(log.Lines);
        Assert.Equal("starting an etcd server", message);
        return fields;
    }

    private static object? Value(LogField[] line, string name) => line.Single(field => field.Name == name).Value;

    private sealed class Kept : ILog
    {
        public List<(string Message, LogField[] Fields)> Lines { get; } = [];

        public bool IsEnabled(LogLevel level) => true;

        public void Write(LogLevel level, string? logger, string message, ReadOnlySpan<LogField> fields) => Lines.Add((message, fields.ToArray()));
    }
}

using Tenet.App.CommandLine;
using Tenet.Hosting;
using Tenet.Server;

namespace Tenet.App.Tests;

public sealed class ConfigurationFileTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Keys_are_flag_names_and_maps_hold_the_rest()
    {
        FlagValues flags = Read("""
            name: one
            snapshot-count: 0x10
            pre-vote: off
            heartbeat-interval: 1_00
            grpc-keepalive-interval: 7200000000000
            auto-compaction-retention: 1
            listen-client-urls: http://127.0.0.1:1,http://127.0.0.1:2
            log-outputs: [stderr, /tmp/x.log]
            wal-dir:
            client-transport-security:
              cert-file: c.pem
              client-cert-auth: true
              allowed-hostname: [a, b]
            peer-transport-security:
              trusted-ca-file: ca.pem
              allowed-cn: [one]
              skip-client-san-verification: yes
            socket-options: {reuse-port: true}
            enable-pprof: true
            memory-mlock: true
            discovery-config:
              token: t
              client:
                endpoints: [h:1, h:2]
                dial-timeout: 1000000000
                secure: {cacert: x, insecure-transport: false}
                auth: {username: u, password: p}
            """);
        Assert.Equal("one", flags.Text("name"));
        Assert.Equal(16ul, flags.Unsigned("snapshot-count"));
        Assert.False(flags.Switch("pre-vote"));
        Assert.Equal(100ul, flags.Unsigned("heartbeat-interval"));
        Assert.Equal(TimeSpan.FromHours(2), flags.Duration("grpc-keepalive-interval"));
        Assert.Equal("1", flags.Text("auto-compaction-retention"));
        Assert.Equal(2, flags.Urls("listen-client-urls").Count);
        Assert.Equal("stderr,/tmp/x.log", flags.Text("log-outputs"));
        Assert.False(flags.IsGiven("wal-dir"));
        Assert.Equal("c.pem", flags.Text("cert-file"));
        Assert.True(flags.Switch("client-cert-auth"));
        Assert.Equal("a,b", flags.Text("client-cert-allowed-hostname"));
        Assert.Equal("ca.pem", flags.Text("peer-trusted-ca-file"));
        Assert.Equal("one", flags.Text("peer-cert-allowed-cn"));
        Assert.True(flags.Switch("peer-skip-client-san-verification"));
        Assert.True(flags.Switch("socket-reuse-port"));
        Assert.True(flags.Switch("enable-pprof"));
        Assert.True(flags.Switch("memory-mlock"));
        Assert.Equal("t", flags.Text("discovery-token"));
        Assert.Equal("h:1,h:2", flags.Text("discovery-endpoints"));
        Assert.Equal(TimeSpan.FromSeconds(1), flags.Duration("discovery-dial-timeout"));
        Assert.Equal("x", flags.Text("discovery-cacert"));
        Assert.False(flags.Switch("discovery-insecure-transport"));
        Assert.Equal("u", flags.Text("discovery-user"));
    }

    [Fact]
    public void Json_is_read_as_well_and_case_does_not_matter()
    {
        FlagValues flags = Read("""{"Name": "one", "snapshot-count": 7, "peer-transport-security": {"auto-tls": true}, "log-outputs": ["stdout"], "wal-dir": null}""");
        Assert.Equal("one", flags.Text("name"));
        Assert.Equal(7ul, flags.Unsigned("snapshot-count"));
        Assert.True(flags.Switch("peer-auto-tls"));
    }

    [Fact]
    public void A_file_written_for_etcd_3_5_is_taken()
    {
        FlagValues flags = Read("""
            name: 'default'
            data-dir:
            snapshot-count: 10000
            cors:
            discovery:
            discovery-fallback: 'proxy'
            discovery-proxy:
            discovery-srv:
            initial-cluster:
            initial-cluster-state: 'new'
            strict-reconfig-check: false
            enable-v2: false
            proxy: 'off'
            proxy-failure-wait: 5000
            experimental-initial-corrupt-check: false
            experimental-corrupt-check-time: 60000000000
            experimental-snapshot-catch-up-entries: 9
            client-transport-security:
              cert-file:
              client-cert-auth: false
            force-new-cluster: false
            """);
        MemberOptions member = Configuration.Options(flags).Member;
        Assert.False(member.StrictReconfigCheck);
        Assert.False(member.InitialCorruptCheck);
        Assert.Equal(TimeSpan.FromMinutes(1), member.CorruptCheckTime);
        Assert.Equal(9ul, member.SnapshotCatchUpEntries);
    }

    [Fact]
    public void In_a_file_listen_urls_without_advertised_ones_keep_the_default()
    {
        TenetOptions options = Configuration.Options(Read("name: one\nlisten-client-urls: http://127.0.0.1:1\ninitial-cluster: default=http://localhost:2380\n"));
        Assert.Equal(["http://localhost:2379"], options.Member.AdvertiseClientUrls);
        Assert.Equal("one", Assert.Single(options.Member.InitialCluster).Name);
    }

    [Theory]
    [InlineData("", "default")]
    [InlineData("# nothing\n", "default")]
    [InlineData("---\nname: x\n", "x")]
    public void An_empty_file_leaves_the_defaults(string text, string name) => Assert.Equal(name, Read(text).Text("name"));

    [Theory]
    [InlineData("snapshot-cuont: 1", "line 1: unknown key \"snapshot-cuont\" (did you mean snapshot-count?)")]
    [InlineData("name: x\nheartbeat: 1", "line 2: unknown key \"heartbeat\"")]
    [InlineData("cert-file: x", "unknown key \"cert-file\" (its place is client-transport-security.cert-file)")]
    [InlineData("discovery-token: x", "(its place is discovery-config.token)")]
    [InlineData("client-crl-file: x", "(etcd has that flag, but no key for it)")]
    [InlineData("peer-transport-security: {cert-flie: x}", "unknown key \"peer-transport-security.cert-flie\" (did you mean peer-transport-security.cert-file?)")]
    [InlineData("peer-transport-security: 5", "peer-transport-security holds no keys")]
    [InlineData("- name", "the file holds no keys")]
    [InlineData("heartbeat-interval: abc", "heartbeat-interval must be a whole number")]
    [InlineData("heartbeat-interval: '100'", "heartbeat-interval must be a whole number, without quotes")]
    [InlineData("heartbeat-interval: -1", "invalid value \"-1\" for heartbeat-interval: parse error")]
    [InlineData("pre-vote: 'true'", "pre-vote must be true or false, without quotes")]
    [InlineData("grpc-keepalive-interval: 2h", "must be a whole number of nanoseconds (7200000000000 is what you mean)")]
    [InlineData("log-outputs: stderr", "log-outputs must be a list")]
    [InlineData("name: [a]", "name must be one text")]
    [InlineData("name: [a", ", line 2: While parsing")]
    [InlineData("enable-v2: true", "enable-v2: true is not served")]
    [InlineData("discovery: http://x", "discovery: http://x is not served")]
    [InlineData("initial-cluster-state: x", "unexpected clusterState \"x\"")]
    [InlineData("listen-peer-urls: foo", "unexpected error setting up listen-peer-urls: URL scheme must be http, https, unix, or unixs: foo")]
    public void What_is_no_setting_is_refused_with_place_and_help(string text, string problem)
    {
        FlagsRefusedException refused = Assert.Throws<FlagsRefusedException>(() => Read(text));
        Assert.Contains(problem, refused.Message);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public void Every_flag_with_a_key_has_one_place()
    {
        List<string> found = [];
        Collect(ConfigurationKeys.Top, found);
        string[] twice = [.. found.GroupBy(name => name).Where(group => group.Count() > 1).Select(group => group.Key)];
        // Its key of etcd 3.5 is spelt otherwise.
        Assert.Equal(["experimental-snapshot-catchup-entries"], twice);
        string[] without = [.. FlagTable.Groups.SelectMany(group => group.Flags).Select(flag => flag.Name).Except(found).Order(StringComparer.Ordinal)];
        Assert.Equal(
            ["client-crl-file", "config-file", "discovery-fallback", "help", "peer-crl-file", "raft-read-timeout", "raft-write-timeout", "version"], without);
    }

    private static void Collect(IEnumerable<ConfigurationKey> keys, List<string> flags)
    {
        foreach (ConfigurationKey key in keys)
        {
            if (key.Flag is not null)
                flags.Add(key.Flag.Name);
            Collect(key.Below, flags);
        }
    }

    private FlagValues Read(string text)
    {
        File.WriteAllText(_path, text);
        FlagValues flags = new() { AreFromFile = true };
        ConfigurationFile.Read(_path, flags);
        return flags;
    }
}

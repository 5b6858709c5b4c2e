using System.Text;
using Tenet.Hosting;
using Tenet.Server;
using Tenet.Tests;
using Tenet.Transport.Tls;

namespace Tenet.Ctl.Tests;

/// <summary>Endpoints that the tool learns from DNS.</summary>
public sealed class EndpointDiscoveryTests : IDisposable
{
    private const int NoSuchName = 3;
    private readonly string _scratch = Directory.CreateTempSubdirectory("tenet-ctl-discovery-").FullName;

    public void Dispose() => Directory.Delete(_scratch, recursive: true);

    [Fact]
    public async Task Records_of_the_domain_name_the_members()
    {
        await using TenetMember member = await StartAsync("http", TlsSettings.None);
        await using FakeDnsServer dns = new(Services(secure: null, plain: PortOf(member)));
        Assert.Equal((0, "OK\n", ""), await Tool.RunAsync(dns.Records, ["put", "a", "b", "--discovery-srv", "example.com", "--discovery-srv-name", "blue"]));
        Assert.Equal("_etcd-client-blue._tcp.example.com", dns.AskedName);
        Assert.Equal((0, "a\nb\n", ""), await Tool.RunAsync(dns.Records, ["get", "a", "-d", "example.com"]));
        Assert.Equal("_etcd-client._tcp.example.com", dns.AskedName);
    }

    [Fact]
    public async Task A_domain_without_records_is_an_error()
    {
        await using FakeDnsServer dns = new(Services(secure: null, plain: null));
        (int exitCode, string output, string error) = await Tool.RunAsync(dns.Records, ["get", "a", "-d", "example.com"]);
        Assert.Equal((1, ""), (exitCode, output));
        Assert.Matches(
            @"^Error: dns lookup errors: lookup _etcd-client-ssl\._tcp\.example\.com on 127\.0\.0\.1:\d+: no such host and lookup _etcd-client\._tcp\.example\.com on 127\.0\.0\.1:\d+: no such host\n$",
            error);
    }

    [Fact]
    public async Task Commands_that_ask_one_endpoint_after_the_other_keep_to_the_flag()
    {
        await using TenetMember member = await StartAsync("http", TlsSettings.None);
        await using FakeDnsServer dns = new(Services(secure: null, plain: 1));
        (int exitCode, string output, _) = await Tool.RunAsync(dns.Records, ["endpoint", "health", "-d", "example.com", "--endpoints", member.Urls[0]]);
        Assert.Equal(0, exitCode);
        Assert.StartsWith($"{member.Urls[0]} is healthy", output);
    }

    [Theory]
    [InlineData("localhost", true, 0)]
    [InlineData("localhost", false, 1)]
    [InlineData("example.com", true, 1)]
    [InlineData("example.com", false, 0)]
    public async Task Without_insecure_discovery_members_must_prove_to_be_of_the_domain(string certified, bool insecure, int expected)
    {
        using TestAuthority authority = new(_scratch);
        TestPair pair = authority.Issue("member", "member", certified);
        await using TenetMember member = await StartAsync("https", new TlsSettings { CertFile = pair.CertFile, KeyFile = pair.KeyFile });
        await using FakeDnsServer dns = new(Services(secure: PortOf(member), plain: insecure ? null : (ushort)1));
        (int exitCode, _, string error) = await Tool.RunAsync(
            dns.Records,
            ["put", "a", "b", "-d", "example.com", $"--insecure-discovery={(insecure ? "true" : "false")}", "--cacert", authority.File, "--command-timeout", expected == 0 ? "30s" : "1s"]);
        Assert.True(expected == exitCode, error);
        Assert.Equal(!insecure, error.StartsWith("ignoring discovered insecure endpoint \"http://localhost.:1\"\n", StringComparison.Ordinal));
    }

    private static Func<byte[], byte[]> Services(ushort? secure, ushort? plain) => question =>
    {
        ushort? asked = Encoding.ASCII.GetString(question).Contains("-ssl", StringComparison.Ordinal) ? secure : plain;
        return (asked is { } port ? FakeDnsServer.Answer([(1, 1, port, "localhost")]) : FakeDnsServer.Answer([], NoSuchName))(question);
    };

    private static ushort PortOf(TenetMember member) => (ushort)new Uri(member.Urls[0]).Port;

    private static Task<TenetMember> StartAsync(string scheme, TlsSettings tls) =>
        TenetMember.StartAsync(TenetOptions.InMemory() with { ListenClientUrls = [EtcdUrl.Parse($"{scheme}://127.0.0.1:0")], ClientTls = tls });
}

using System.Globalization;
using System.Text.RegularExpressions;
using Tenet.Interop.Tests.Processes;
using Tenet.Tests;

namespace Tenet.Interop.Tests.Proxy;

/// <summary>The programs <c>tenet grpc-proxy</c> and <c>tenet gateway</c>, with real etcdctl before them and real etcd or Tenet behind.</summary>
public sealed partial class ProxyProgramTests
{
    [InteropFact]
    public async Task Etcdctl_works_through_the_proxy_before_real_etcd_and_before_tenet()
    {
        using Scratch scratch = new();
        await Task.WhenAll(WorkAsync(Binaries.NewEtcd, scratch["etcd"]), WorkAsync(Binaries.Subject, scratch["tenet"]));

        static async Task WorkAsync(ServerBinary binary, string directory)
        {
            await using ServerProcess server = await ServerProcess.StartAsync(binary, directory);
            await using ProxyProgram proxy = await ProxyProgram.StartAsync(Binaries.Subject, "grpc-proxy", "--endpoints", server.Endpoint, "--namespace", "ns/");
            await ExpectAsync(proxy, "OK\n", "put", "a", "1");
            await ExpectAsync(proxy, "a\n1\n", "get", "a");
            await ExpectAsync(proxy, "a\n1\n", "get", "", "--prefix");
            string lease = Lease().Match(await RunAsync(proxy, "lease", "grant", "100")).Groups[1].Value;
            await ExpectAsync(proxy, "OK\n", "put", "b", "2", "--lease", lease);
            await ExpectAsync(proxy, $"lease {lease} keepalived with TTL(100)\n", "lease", "keep-alive", lease, "--once");
            Assert.EndsWith("attached keys([b])\n", await RunAsync(proxy, "lease", "timetolive", lease, "--keys"));
            await ExpectAsync(proxy, $"lease {lease} revoked\n", "lease", "revoke", lease);
            await ExpectAsync(proxy, "", "get", "b");
            Assert.Equal("held\n", await RunAsync(proxy, "lock", "l", "echo", "held"));
            Assert.StartsWith($"{proxy.Endpoint} is healthy", await RunAsync(proxy, "endpoint", "health"));
            ToolResult direct = await Tool.RunAsync(Binaries.Etcdctl, ["--endpoints", server.Endpoint, "get", "", "--prefix", "--keys-only"]);
            Assert.Equal("ns/a\n\n", direct.Output);
            Assert.Equal(143, await proxy.StopAsync());
        }
    }

    [InteropFact]
    public async Task Tls_is_spoken_with_clients_and_with_servers()
    {
        using Scratch scratch = new();
        using TestAuthority authority = new(scratch.Path);
        TestPair server = authority.Issue("server", "server", "127.0.0.1", "localhost");
        TestPair proxyPair = authority.Issue("proxy", "proxy", "127.0.0.1");
        TestPair nameless = authority.Issue("nameless", "");
        TestPair alice = authority.Issue("alice", "alice");
        string url = $"https://127.0.0.1:{Ports.Next().ToString(CultureInfo.InvariantCulture)}";
        await using RunningProgram etcd = RunningProgram.Start(Binaries.NewEtcd,
        [
            "--data-dir", scratch["data"], "--listen-client-urls", url, "--advertise-client-urls", url,
            "--listen-peer-urls", $"http://127.0.0.1:{Ports.Next().ToString(CultureInfo.InvariantCulture)}",
            "--cert-file", server.CertFile, "--key-file", server.KeyFile, "--trusted-ca-file", authority.File, "--client-cert-auth",
        ]);
        await etcd.ServesAsync();
        string[] towardsServers = ["--endpoints", url, "--cacert", authority.File, "--cert", nameless.CertFile, "--key", nameless.KeyFile];
        string[] towardsClients = ["--cert-file", proxyPair.CertFile, "--key-file", proxyPair.KeyFile, "--trusted-ca-file", authority.File];
        await using ProxyProgram proxy = await ProxyProgram.StartAsync(Binaries.Subject, "grpc-proxy", [.. towardsServers, .. towardsClients]);
        string[] client = ["--endpoints", $"https://{proxy.Endpoint}", "--cacert", authority.File, "--cert", alice.CertFile, "--key", alice.KeyFile];
        ToolResult put = await Tool.RunAsync(Binaries.Etcdctl, [.. client, "put", "a", "1"]);
        Assert.True(put.Output == "OK\n", put.Errors + proxy.Log);
        ToolResult stranger = await Tool.RunAsync(Binaries.Etcdctl, ["--endpoints", $"https://{proxy.Endpoint}", "--cacert", authority.File, "--command-timeout", "1s", "--dial-timeout", "1s", "get", "a"]);
        Assert.Equal(1, stranger.ExitCode);
        Assert.Contains("rejected connection", proxy.Log);
        using HttpClientHandler handler = new() { ServerCertificateCustomValidationCallback = static (_, _, _, _) => true };
        handler.ClientCertificates.Add(System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPemFile(alice.CertFile, alice.KeyFile));
        using HttpClient http = new(handler);
        Assert.Contains("etcd_server_has_leader 1", await http.GetStringAsync(new Uri($"https://{proxy.Endpoint}/metrics")));

        // A name of the proxy's own would be everybody's behind it.
        foreach (ServerBinary binary in new[] { Binaries.Subject, Binaries.NewEtcd })
        {
            await using RunningProgram named = RunningProgram.Start(
                binary, ["grpc-proxy", "start", "--listen-addr", $"127.0.0.1:{Ports.Next()}", "--endpoints", url, "--cert", alice.CertFile, "--key", alice.KeyFile, "--cacert", authority.File]);
            Assert.Equal(1, await named.EndsAsync());
            Assert.Contains($"cert has non empty Common Name (alice): {alice.CertFile}", named.Log);
        }
    }

    [InteropFact]
    public async Task Flags_and_refusals_are_those_of_etcd()
    {
        foreach (string command in new[] { "grpc-proxy", "gateway" })
        {
            string[] etcds = FlagsOf(await RunAsync(Binaries.NewEtcd, command, "start", "--help"));
            string[] ours = FlagsOf(await RunAsync(Binaries.Subject, command, "start", "--help"));
            Assert.Empty(etcds.Except(ours));
        }
        string[][] wrong =
        [
            ["grpc-proxy", "start", "--resolver-ttl", "3"], ["grpc-proxy", "start", "--resolver-prefix", "p"], ["grpc-proxy", "start", "--auto-tls", "--self-signed-cert-validity", "0"],
            ["grpc-proxy", "start", "--resolver-prefix", "p", "--resolver-ttl", "3", "--advertise-client-url="], ["grpc-proxy", "start", "--tls-min-version", "TLS1.3", "--listen-cipher-suites", "TLS_RSA_WITH_AES_128_CBC_SHA"],
            ["gateway", "start", "--endpoints", "foo"], ["gateway", "start", "--listen-addr", "foo"], ["gateway", "start", "--endpoints", "127.0.0.1:23790"],
        ];
        foreach (string[] line in wrong)
        {
            ToolResult[] results = await Task.WhenAll(new[] { Binaries.NewEtcd, Binaries.Subject }.Select(binary => Tool.RunAsync(binary.FileName, [.. binary.Prefix, .. line])));
            Assert.Equal((results[0].ExitCode, Plain(results[0])), (results[1].ExitCode, Plain(results[1])));
        }
    }

    [InteropFact]
    public async Task The_proxy_finds_the_members_itself_and_logs_every_call_and_who_is_gone()
    {
        using Scratch scratch = new();
        string url = $"http://127.0.0.1:{Ports.Next().ToString(CultureInfo.InvariantCulture)}";
        await using RunningProgram etcd = RunningProgram.Start(Binaries.NewEtcd,
        [
            "--data-dir", scratch["data"], "--listen-client-urls", url, "--advertise-client-urls", url,
            "--listen-peer-urls", $"http://127.0.0.1:{Ports.Next().ToString(CultureInfo.InvariantCulture)}",
        ]);
        await etcd.ServesAsync();
        // What the proxy is told first goes away; what the members say of themselves stays.
        await using ProxyProgram gateway = await ProxyProgram.StartAsync(Binaries.Subject, "gateway", "--endpoints", url);
        await using ProxyProgram proxy = await ProxyProgram.StartAsync(
            Binaries.Subject, "grpc-proxy", "--endpoints", gateway.Endpoint, "--endpoints-auto-sync-interval", "50ms", "--experimental-enable-grpc-logging", "--debug");
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(30));
        while (!proxy.Log.Contains($"\"msg\":\"set etcd endpoints by autoSync\",\"endpoints\":[\"{url}\"]", StringComparison.Ordinal))
        {
            Assert.False(patience.IsCancellationRequested, proxy.Log);
            await Task.Delay(10);
        }
        await gateway.StopAsync();
        await ExpectAsync(proxy, "OK\n", "put", "a", "1");
        Assert.Contains("\"msg\":\"received payload logged as grpc.request.content field\",\"grpc.request.content\":\"{\\\"key\\\":\\\"YQ==\\\",\\\"value\\\":\\\"MQ==\\\"}\",\"grpc.service\":\"etcdserverpb.KV\",\"grpc.method\":\"Put\",\"peer.address\":\"127.0.0.1:", proxy.Log);
        await etcd.KillAsync();
        Assert.NotEqual(0, (await proxy.EtcdctlAsync("put", "a", "2", "--command-timeout", "500ms")).ExitCode);
        Assert.True(proxy.Log.Contains($"\"msg\":\"{url} is passed over for a while: ", StringComparison.Ordinal), proxy.Log);
    }

    [InteropFact]
    public async Task The_gateway_forwards_to_the_servers_that_are_there()
    {
        using Scratch scratch = new();
        ServerProcess[] servers = await Task.WhenAll(Enumerable.Range(0, 2).Select(i => ServerProcess.StartAsync(Binaries.NewEtcd, scratch[$"etcd{i}"])));
        await using ServerProcess stays = servers[0];
        await using ServerProcess dies = servers[1];
        await using ProxyProgram gateway = await ProxyProgram.StartAsync(Binaries.Subject, "gateway", "--endpoints", $"http://{stays.Endpoint},{dies.Endpoint}", "--retry-delay", "100ms");
        foreach (ServerProcess server in servers)
            await Tool.RunAsync(Binaries.Etcdctl, ["--endpoints", server.Endpoint, "put", "which", server.Endpoint]);
        HashSet<string> answers = [];
        for (int i = 0; i < 4; i++)
            answers.Add((await gateway.EtcdctlAsync("get", "which", "--print-value-only")).Output.Trim());
        Assert.Equal(new[] { stays.Endpoint, dies.Endpoint }.Order(), answers.Order());
        await dies.KillAsync();
        for (int i = 0; i < 4; i++)
            Assert.Equal(stays.Endpoint, (await gateway.EtcdctlAsync("get", "which", "--print-value-only")).Output.Trim());
        Assert.Contains("deactivated endpoint", gateway.Log);
        Assert.Equal(143, await gateway.StopAsync());
    }

    private static async Task ExpectAsync(ProxyProgram proxy, string expected, params string[] arguments) => Assert.Equal(expected, await RunAsync(proxy, arguments));

    private static async Task<string> RunAsync(ProxyProgram proxy, params string[] arguments)
    {
        ToolResult result = await proxy.EtcdctlAsync(arguments);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', arguments)}: {result.Output}{result.Errors}{proxy.Log}");
        return result.Output;
    }

    private static async Task<string> RunAsync(ServerBinary binary, params string[] arguments) => (await Tool.RunAsync(binary.FileName, [.. binary.Prefix, .. arguments])).Output;

    private static string[] FlagsOf(string help) => [.. FlagName().Matches(help).Select(static match => match.Value)];

    /// <summary>What is said outside of the log.</summary>
    private static string Plain(ToolResult result) => LogLine().Replace(result.Output + result.Errors, "");

    [GeneratedRegex("lease ([0-9a-f]+) granted")]
    private static partial Regex Lease();

    [GeneratedRegex("\\{\"level\".*\\n")]
    private static partial Regex LogLine();

    [GeneratedRegex("--[a-z-]+ (string|strings|duration|int|uint|uint32| )")]
    private static partial Regex FlagName();
}

using Tenet.Interop.Tests.Processes;

namespace Tenet.Interop.Tests.Proxy;

/// <summary>Tenet's leasing proxy beside etcd's own on one server: each respects what the other owns.</summary>
public sealed class LeasingProxyTests
{
    /// <summary>A login counts as dialling, and owners may be slow to hand back.</summary>
    private static readonly string[] Patience = ["--command-timeout", "20s", "--dial-timeout", "20s"];

    [InteropFact]
    [Trait("Run", "Long")]
    public async Task Tenets_proxy_and_etcds_keep_each_others_memory_right()
    {
        using Scratch scratch = new();
        await Task.WhenAll(WorkAsync(Binaries.NewEtcd, scratch["etcd"]), WorkAsync(Binaries.Subject, scratch["tenet"]));

        static async Task WorkAsync(ServerBinary binary, string directory)
        {
            await using ServerProcess server = await ServerProcess.StartAsync(binary, directory);
            await using ProxyProgram ours = await StartAsync(Binaries.Subject, server);
            await using ProxyProgram etcds = await StartAsync(Binaries.NewEtcd, server);
            foreach ((ProxyProgram owner, ProxyProgram writer) in new[] { (ours, etcds), (etcds, ours) })
            {
                string key = owner == ours ? "ours" : "etcds";
                await RunAsync(owner, "put", key, "1");
                await OwnAsync(owner, server, key, "1");
                // Nobody was asked, so only memory still has what was there before.
                Assert.Equal("OK\n", (await Tool.RunAsync(Binaries.Etcdctl, ["--endpoints", server.Endpoint, .. Patience, "put", key, "unasked"])).Output);
                Assert.Equal("1\n", await ReadAsync(owner, key));

                Assert.Equal("OK\n", await RunAsync(writer, "put", key, "2"));
                Assert.Equal("2\n", await ReadAsync(owner, key));
                await OwnAsync(owner, server, key, "2");
                // Etcd's proxy writes twice what it does not own, and tells what the second deletion found.
                Assert.Equal(writer == ours ? "1\n" : "0\n", await RunAsync(writer, "del", key));
                Assert.Equal("", await ReadAsync(owner, key));
                await OwnAsync(owner, server, key, "");
                // With one condition and two changes.
                Assert.StartsWith("SUCCESS\n", await TxnAsync(writer, $"ver(\"{key}\") = \"0\"\n\nput {key} 3\nput {key}2 3\n\n\n"));
                Assert.Equal("3\n", await ReadAsync(owner, key));
                await OwnAsync(owner, server, key, "3");
                await OwnAsync(owner, server, key + "2", "3");
                Assert.Equal("2\n", await RunAsync(writer, "del", key, "--prefix"));
                Assert.Equal("", await ReadAsync(owner, key));
                Assert.Equal("", await ReadAsync(owner, key + "2"));
            }
            await HideAsync(ours, server);
        }
    }

    /// <summary>Authentication that is switched on behind the proxy's back counts soon for what it has in memory.</summary>
    private static async Task HideAsync(ProxyProgram ours, ServerProcess server)
    {
        await RunAsync(ours, "put", "secret", "1");
        await OwnAsync(ours, server, "secret", "1");
        foreach (string line in new[] { "user add root:pw", "role add root", "user grant-role root root", "auth enable" })
        {
            ToolResult done = await Tool.RunAsync(Binaries.Etcdctl, ["--endpoints", server.Endpoint, .. Patience, .. line.Split(' ')]);
            Assert.True(done.ExitCode == 0, done.Errors);
        }
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(30));
        ToolResult read;
        do
        {
            Assert.False(patience.IsCancellationRequested, "what may not be read is answered from memory");
            read = await ours.EtcdctlAsync("get", "secret");
        }
        while (read.ExitCode == 0);
        Assert.Contains("etcdserver: user name is empty", read.Errors);
        // The owner that was is in nobody's way.
        Assert.Equal("OK\n", await RunAsync(ours, "put", "secret", "2", "--user", "root:pw"));
        Assert.Equal("2\n", await RunAsync(ours, "get", "secret", "--print-value-only", "--user", "root:pw"));
    }

    private static Task<ProxyProgram> StartAsync(ServerBinary binary, ServerProcess server) =>
        ProxyProgram.StartAsync(binary, "grpc-proxy", "--endpoints", server.Endpoint, "--experimental-leasing-prefix", "own/", "--advertise-client-url=");

    /// <summary>Reads a key until the proxy owns it: a proxy leaves a key alone for some time after it has handed it back.</summary>
    private static async Task OwnAsync(ProxyProgram proxy, ServerProcess server, string key, string value)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
        do
        {
            Assert.False(patience.IsCancellationRequested, $"{key} is not owned\n{proxy.Log}");
            Assert.Equal(value, (await ReadAsync(proxy, key)).TrimEnd('\n'));
        }
        while ((await Tool.RunAsync(Binaries.Etcdctl, ["--endpoints", server.Endpoint, .. Patience, "get", "own/" + key, "--keys-only"])).Output.Length == 0);
    }

    private static Task<string> ReadAsync(ProxyProgram proxy, string key) => RunAsync(proxy, "get", key, "--print-value-only");

    private static async Task<string> TxnAsync(ProxyProgram proxy, string text) =>
        (await Tool.RunAsync(Binaries.Etcdctl, ["--endpoints", proxy.Endpoint, .. Patience, "txn"], text)).Output;

    private static async Task<string> RunAsync(ProxyProgram proxy, params string[] arguments)
    {
        ToolResult result = await proxy.EtcdctlAsync(arguments);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', arguments)}: {result.Output}{result.Errors}{proxy.Log}");
        return result.Output;
    }
}

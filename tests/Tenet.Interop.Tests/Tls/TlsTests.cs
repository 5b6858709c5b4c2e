using System.Globalization;
using Tenet.Interop.Tests.Processes;
using Tenet.Tests;

namespace Tenet.Interop.Tests.Tls;

/// <summary>Clusters whose members and clients speak TLS, Tenet beside real etcd.</summary>
public sealed class TlsTests
{
    [InteropFact]
    [Trait("Run", "Long")]
    public async Task A_mixed_cluster_serves_over_https_and_refuses_the_same_clients_as_etcd()
    {
        using Scratch scratch = new();
        using TestAuthority authority = new(scratch.Path);
        using TestAuthority other = new(scratch.Path, "other");
        TestPair peer = authority.Issue("peer", "peer", "127.0.0.1", "localhost");
        TestPair server = authority.Issue("server", "server", "127.0.0.1", "localhost");
        TestPair revoked = authority.Issue("revoked", "revoked");
        string[] tls =
        [
            "--cert-file", server.CertFile, "--key-file", server.KeyFile, "--trusted-ca-file", authority.File, "--client-cert-auth",
            "--client-crl-file", authority.Revoke("crl.der", revoked),
            "--peer-cert-file", peer.CertFile, "--peer-key-file", peer.KeyFile, "--peer-trusted-ca-file", authority.File, "--peer-client-cert-auth",
            "--peer-cert-allowed-cn", "peer",
        ];
        await using TlsCluster cluster = new(scratch, [Binaries.Subject, Binaries.NewEtcd, Binaries.Subject], tls);
        await cluster.ServesAsync();

        string[] good = Client(authority, authority.Issue("alice", "alice"));
        for (int i = 0; i < 3; i++)
            await cluster.ExpectAsync(i, "OK", [.. good, "put", $"key{i}", $"value{i}"]);
        for (int i = 0; i < 3; i++)
            await cluster.ExpectAsync(i, "value0\nvalue1\nvalue2", [.. good, "get", "key", "--prefix", "--print-value-only"]);

        string[][] bad =
        [
            ["--cacert", authority.File],
            Client(authority, other.Issue("mallory", "alice")),
            Client(authority, authority.Issue("late", "alice", DateTimeOffset.UtcNow.AddDays(-9), DateTimeOffset.UtcNow.AddDays(-1))),
            Client(authority, revoked),
            Client(other, authority.Issue("doubting", "alice")),
        ];
        foreach (string[] client in bad)
        {
            // Members 0 and 1 run different programs.
            ToolResult[] results = await Task.WhenAll(cluster.EtcdctlAsync(0, [.. client, "get", "key0"]), cluster.EtcdctlAsync(1, [.. client, "get", "key0"]));
            Assert.All(results, result => Assert.True(result.ExitCode == 1 && !result.Output.Contains("value0", StringComparison.Ordinal), string.Join(' ', client) + result.Output + result.Errors));
            Assert.Equal(LastLine(results[1]), LastLine(results[0]));
        }
        Assert.Contains("rejected connection on client endpoint", cluster.Log(0));
    }

    [InteropFact]
    public async Task Members_that_sign_their_own_certificates_form_a_cluster_with_etcd()
    {
        using Scratch scratch = new();
        await using TlsCluster cluster = new(scratch, [Binaries.Subject, Binaries.NewEtcd], ["--auto-tls", "--peer-auto-tls"]);
        await cluster.ServesAsync();
        await cluster.ExpectAsync(0, "OK", ["--insecure-skip-tls-verify", "--insecure-transport=false", "put", "a", "1"]);
        await cluster.ExpectAsync(1, "1", ["--insecure-skip-tls-verify", "--insecure-transport=false", "get", "a", "--print-value-only"]);
    }

    private static string[] Client(TestAuthority believed, TestPair pair) => ["--cacert", believed.File, "--cert", pair.CertFile, "--key", pair.KeyFile];

    private static string LastLine(ToolResult result) => result.Errors.TrimEnd().Split('\n')[^1];

    /// <summary>Members at https URLs.</summary>
    private sealed class TlsCluster : IAsyncDisposable
    {
        private readonly List<(RunningProgram Program, string ClientUrl)> _members = [];

        public TlsCluster(Scratch scratch, IReadOnlyList<ServerBinary> programs, string[] tls)
        {
            string[] peerUrls = [.. programs.Select(static _ => $"https://127.0.0.1:{Ports.Next().ToString(CultureInfo.InvariantCulture)}")];
            string founders = string.Join(',', peerUrls.Select(static (url, i) => $"m{i}={url}"));
            for (int i = 0; i < programs.Count; i++)
            {
                string clientUrl = $"https://127.0.0.1:{Ports.Next().ToString(CultureInfo.InvariantCulture)}";
                _members.Add((
                    RunningProgram.Start(programs[i],
                    [
                        "--name", $"m{i}", "--data-dir", scratch[$"data{i}"], "--listen-client-urls", clientUrl, "--advertise-client-urls", clientUrl,
                        "--listen-peer-urls", peerUrls[i], "--initial-advertise-peer-urls", peerUrls[i], "--initial-cluster", founders, .. tls,
                    ]),
                    clientUrl));
            }
        }

        public async Task ServesAsync()
        {
            foreach ((RunningProgram program, _) in _members)
                await program.ServesAsync();
        }

        public string Log(int member) => _members[member].Program.Log;

        public Task<ToolResult> EtcdctlAsync(int member, string[] arguments) =>
            Tool.RunAsync(Binaries.Etcdctl, ["--endpoints", _members[member].ClientUrl, "--dial-timeout", "2s", "--command-timeout", "4s", .. arguments]);

        public async Task ExpectAsync(int member, string output, string[] arguments)
        {
            ToolResult result = await EtcdctlAsync(member, arguments);
            Assert.True(result.ExitCode == 0 && result.Output.Trim() == output, $"member {member}: {result.Output}{result.Errors}{Log(member)}");
        }

        public async ValueTask DisposeAsync()
        {
            foreach ((RunningProgram program, _) in _members)
                await program.DisposeAsync();
        }
    }
}

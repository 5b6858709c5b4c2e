using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using Tenet.Interop.Tests.Processes;
using Tenet.Tests;

namespace Tenet.Interop.Tests.Tls;

/// <summary>Whom a certificate names, and what that is worth to calls, to the gateway and to pages: Tenet beside real etcd.</summary>
public sealed partial class CertificateIdentityTests
{
    [InteropFact]
    public async Task The_name_in_a_certificate_is_a_user_for_calls_and_none_for_the_gateway()
    {
        using Scratch scratch = new();
        using TestAuthority authority = new(scratch.Path);
        TestPair server = authority.Issue("server", "server", "127.0.0.1", "localhost");
        Dictionary<string, TestPair> callers = new()
        {
            ["root"] = authority.Issue("root", "root"),
            ["alice"] = authority.Issue("alice", "alice"),
            ["bob"] = authority.Issue("bob", "bob"),
            ["nobody"] = authority.Issue("nobody", "nobody"),
            [""] = authority.Issue("nameless", ""),
        };
        List<string>[] answers = await Task.WhenAll(
            AnswersAsync(Binaries.NewEtcd, scratch, "etcd", authority, server, callers), AnswersAsync(Binaries.Subject, scratch, "subject", authority, server, callers));
        Assert.Equal(answers[0].Count, answers[1].Count);
        string[] differences = [.. answers[0].Zip(answers[1]).Where(static pair => pair.First != pair.Second).Select(static pair => $"etcd: {pair.First}\nours: {pair.Second}")];
        Assert.True(differences.Length == 0, string.Join('\n', differences));
        Assert.Contains(answers[1], answer => answer.Contains("400 CommonName of client sending a request against gateway will be ignored", StringComparison.Ordinal));
    }

    private static async Task<List<string>> AnswersAsync(
        ServerBinary binary, Scratch scratch, string name, TestAuthority authority, TestPair pair, Dictionary<string, TestPair> callers)
    {
        string url = $"https://127.0.0.1:{Port()}";
        string metrics = $"https://127.0.0.1:{Port()}";
        string peer = $"http://127.0.0.1:{Port()}";
        await using RunningProgram server = RunningProgram.Start(binary,
        [
            "--data-dir", scratch[name], "--listen-client-urls", url, "--advertise-client-urls", url, "--listen-metrics-urls", metrics, "--listen-peer-urls", peer,
            "--initial-advertise-peer-urls", peer, "--initial-cluster", $"default={peer}", "--cert-file", pair.CertFile, "--key-file", pair.KeyFile,
            "--trusted-ca-file", authority.File, "--client-cert-auth", "--host-whitelist", "known.example",
        ]);
        await server.ServesAsync();
        List<string> answers = [];
        async Task CtlAsync(string caller, params string[] arguments)
        {
            ToolResult result = await Tool.RunAsync(
                Binaries.Etcdctl,
                ["--endpoints", url, "--cacert", authority.File, "--cert", callers[caller].CertFile, "--key", callers[caller].KeyFile, "--command-timeout", "4s", .. arguments]);
            string errors = result.Errors.TrimEnd().Split('\n')[^1];
            answers.Add($"{caller}: {string.Join(' ', arguments)}: {result.ExitCode} {result.Output.Trim()} {(errors.StartsWith('{') ? "" : errors)}");
        }

        async Task WebAsync(string? caller, string address, string path, string? body = null, string? host = null)
        {
            using HttpClientHandler handler = new() { ServerCertificateCustomValidationCallback = static (_, _, _, _) => true };
            if (caller is not null)
                handler.ClientCertificates.Add(Certificate(callers[caller]));
            using HttpClient http = new(handler);
            using HttpRequestMessage request = new(body is null ? HttpMethod.Get : HttpMethod.Post, address + path);
            if (body is not null)
                request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            // Without this, etcd takes the gateway for the user that its own certificate names.
            request.Headers.Accept.ParseAdd("*/*");
            request.Headers.Host = host;
            string answer;
            try
            {
                using HttpResponseMessage response = await http.SendAsync(request);
                string text = path is "/metrics" or "/version" ? "" : await response.Content.ReadAsStringAsync();
                string origin = response.Headers.TryGetValues("Access-Control-Allow-Origin", out IEnumerable<string>? values) ? string.Join(',', values) : "none";
                text = Identity().Replace(text, "$1");
                answer = $"{(int)response.StatusCode} {text.Replace(" ", "", StringComparison.Ordinal).Trim()} {response.Content.Headers.ContentType?.MediaType} cors {origin}";
                if (response.StatusCode == HttpStatusCode.BadRequest && !text.StartsWith('{'))
                    answer = $"{(int)response.StatusCode} {text} cors {origin}";
            }
            catch (HttpRequestException)
            {
                answer = "no connection";
            }

            answers.Add($"{caller}: {path}: {answer}");
        }

        const string Get = "{\"key\":\"YQ==\",\"serializable\":true,\"count_only\":true}";
        await WebAsync("alice", url, "/v3/kv/compaction", "{}");
        foreach (string user in (string[])["root", "alice", "bob"])
            await CtlAsync("root", "user", "add", user, "--no-password");
        await CtlAsync("root", "user", "grant-role", "root", "root");
        await CtlAsync("root", "role", "add", "some");
        await CtlAsync("root", "role", "grant-permission", "some", "readwrite", "a");
        await CtlAsync("root", "user", "grant-role", "alice", "some");
        await CtlAsync("root", "put", "b", "of root");
        await CtlAsync("root", "auth", "enable");
        foreach (string caller in (string[])["root", "alice", "nobody", ""])
        {
            await CtlAsync(caller, "put", "a", $"of {caller}");
            await CtlAsync(caller, "get", "a", "--print-value-only");
            await CtlAsync(caller, "get", "b", "--print-value-only");
            await CtlAsync(caller, "user", "list");
            await WebAsync(caller, url, "/v3/kv/range", Get);
            await WebAsync(caller, url, "/v3beta/kv/range", Get);
            await WebAsync(caller, url, "/version");
        }

        // A name that the cluster does not know, and behind TLS a host that it does not know.
        await WebAsync("alice", url, "/health", host: "unknown.example");
        await WebAsync("", url, "/health");
        await WebAsync(null, url, "/health");
        await WebAsync("alice", metrics, "/metrics");
        await WebAsync(null, metrics, "/metrics");
        await WebAsync("alice", metrics, "/health");
        await WebAsync("alice", metrics, "/v3/kv/range", Get);
        await CtlAsync("alice", "user", "passwd", "alice", "--interactive=false");
        await CtlAsync("root", "user", "delete", "alice");
        await CtlAsync("alice", "get", "a");
        await CtlAsync("root", "auth", "disable");
        await WebAsync("alice", url, "/v3/kv/compaction", "{}");
        await CtlAsync("nobody", "get", "a", "--print-value-only");
        return answers;
    }

    private static X509Certificate2 Certificate(TestPair pair)
    {
        using X509Certificate2 fromPem = X509Certificate2.CreateFromPemFile(pair.CertFile, pair.KeyFile);
        return X509CertificateLoader.LoadPkcs12(fromPem.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>What comes from the peer URL, and how many elections there were.</summary>
    [GeneratedRegex("\"(cluster_id|member_id|raft_term)\": ?\"\\d+\"")]
    private static partial Regex Identity();

    private static string Port() => Ports.Next().ToString(CultureInfo.InvariantCulture);
}

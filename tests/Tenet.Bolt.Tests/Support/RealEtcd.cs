using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Tenet.Tests;

namespace Tenet.Bolt.Tests.Support;

/// <summary>A single etcd member on loopback, spoken to through its JSON gateway.</summary>
internal sealed class RealEtcd : IDisposable
{
    private readonly Process _process;
    private readonly HttpClient _client;
    private readonly System.Text.StringBuilder _log = new();

    public RealEtcd(string dataDirectory)
    {
        string client = $"http://127.0.0.1:{FreePort()}";
        string peer = $"http://127.0.0.1:{FreePort()}";
        _process = Start("etcd", "--data-dir", dataDirectory, "--name", "n1", "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", $"n1={peer}");
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_log)
                _log.AppendLine(line.Data);
        };
        _process.OutputDataReceived += static (_, _) => { };
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        _client = new HttpClient { BaseAddress = new Uri(client), Timeout = TimeSpan.FromSeconds(10) };
        WaitUntilReady();
    }

    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    public static string DbPath(string dataDirectory) => Path.Combine(dataDirectory, "member", "snap", "db");

    /// <summary>Runs a program of etcd to its end.</summary>
    public static (int ExitCode, string Output, string Error) Run(string program, params string[] arguments)
    {
        using Process process = Start(program, arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        return (process.ExitCode, output.Result, error.Result);
    }

    public void Put(string key, string value) => Call("kv/put", new { key = Base64(key), value = Base64(value) });

    public void DeletePrefix(string key) => Call("kv/deleterange", new { key = Base64(key), range_end = Base64(key[..^1] + (char)(key[^1] + 1)) });

    public void Compact(long revision) => Call("kv/compaction", new { revision, physical = true });

    /// <summary>The backend commits before it is hashed.</summary>
    public void CommitBackend() => Call("maintenance/hash", new { });

    public void Defragment() => Call("maintenance/defragment", new { });

    /// <summary>All keys with their values, as etcd tells them.</summary>
    public string All(out long revision)
    {
        JsonElement answer = Call("kv/range", new { key = "AA==", range_end = "AA==" });
        revision = long.Parse(answer.GetProperty("header").GetProperty("revision").GetString()!, System.Globalization.CultureInfo.InvariantCulture);
        return answer.TryGetProperty("kvs", out JsonElement kvs) ? kvs.ToString() : "";
    }

    /// <summary>Ends the member: gracefully, or as a crash would.</summary>
    public void Stop(bool gracefully)
    {
        if (gracefully)
            Process.Start("kill", ["-TERM", $"{_process.Id}"]).WaitForExit();
        else
            _process.Kill();
        _process.WaitForExit();
    }

    public bool IsRunning => !_process.HasExited;

    public void Dispose()
    {
        if (IsRunning)
            Stop(gracefully: false);
        _process.Dispose();
        _client.Dispose();
    }

    private static Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(EtcdPrograms.New(program), arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        return Process.Start(start)!;
    }

    private JsonElement Call(string method, object request)
    {
        using HttpResponseMessage response = _client.PostAsJsonAsync($"/v3/{method}", request).GetAwaiter().GetResult();
        string body = response.Content.ReadAsStringAsync().GetAwaiter().GetResult();
        Assert.True(response.IsSuccessStatusCode, $"{method}: {body}\n{Log}");
        return JsonDocument.Parse(body).RootElement;
    }

    private void WaitUntilReady()
    {
        for (int i = 0; i < 400; i++)
        {
            Assert.True(IsRunning, Log);
            try
            {
                using HttpResponseMessage health = _client.GetAsync("/health").GetAwaiter().GetResult();
                if (health.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            _process.WaitForExit(50);
        }

        Assert.Fail(Log);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Base64(string text) => Convert.ToBase64String(Databases.Bytes(text));
}

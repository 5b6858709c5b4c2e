using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Tenet.Foundation.Files;
using Tenet.State.Mvcc;
using Tenet.Tests;

namespace Tenet.State.Tests.Mvcc;

/// <summary>The db file that a real etcd wrote, and what its tools say of ours.</summary>
public sealed class EtcdFilesTests : IDisposable
{
    private readonly string _directory = System.IO.Directory.CreateTempSubdirectory("tenet-state-").FullName;

    [RealEtcdFact]
    public void The_file_of_an_etcd_after_load_and_compaction_has_the_same_hash()
    {
        string client = FreeUrl();
        string peer = FreeUrl();
        uint latest;
        uint earlier;
        long revision;
        using (Process etcd = Start("etcd", $"--data-dir {_directory}/data --listen-client-urls {client} --advertise-client-urls {client} "
            + $"--listen-peer-urls {peer} --initial-advertise-peer-urls {peer} --initial-cluster default={peer} --log-level error"))
        {
            try
            {
                string ctl = $"--endpoints {client} --command-timeout 30s";
                Run("etcdctl", $"{ctl} endpoint health");
                Load(ctl);
                Run("etcdctl", $"{ctl} compact --physical 30");
                Run("etcdctl", $"{ctl} put after compaction");
                revision = Json(Run("etcdctl", $"{ctl} get after -w json")).GetProperty("header").GetProperty("revision").GetInt64();
                latest = Hash(ctl, revision);
                earlier = Hash(ctl, 35);
            }
            finally
            {
                // SIGTERM lets it commit what it has.
                using Process stop = Process.Start("kill", $"-TERM {etcd.Id}");
                stop.WaitForExit();
                Assert.True(etcd.WaitForExit(30_000));
            }
        }

        using var store = new StoreFixture(OsFileSystem.Instance, null, null, $"{_directory}/data/member/snap/db");
        Assert.Equal(revision, store.Store.CurrentRevision);
        Assert.Equal(30, store.Store.CompactRevision);
        Assert.Equal(new HashKvResult(latest, 30, revision), store.HashKv());
        Assert.Equal(new HashKvResult(earlier, 30, 35), store.HashKv(35));
        Assert.NotEqual(0ul, store.Backend.ConsistentIndex);
        store.Backend.Defragment();
        Assert.Equal(latest, store.HashKv().Hash);
    }

    [RealEtcdFact]
    public void Our_file_passes_etcds_check()
    {
        string path = $"{_directory}/db";
        using (var store = new StoreFixture(OsFileSystem.Instance, null, null, path))
        {
            for (int i = 0; i < 300; i++)
                store.Put($"key{i % 50:d3}", new string('v', i));
            store.Compact(200);
            store.Backend.SetConsistentIndex(300, 2);
            store.Backend.CommitNow();
            store.Delete("key000", "key010");
            store.Backend.CommitNow();
            store.Backend.Defragment();
        }

        JsonElement status = Json(Run("etcdutl", $"snapshot status {path} -w json"));
        Assert.Equal(302, status.GetProperty("revision").GetInt64());
    }

    public void Dispose() => System.IO.Directory.Delete(_directory, recursive: true);

    private static void Load(string ctl)
    {
        for (int i = 0; i < 24; i++)
            Run("etcdctl", $"{ctl} put key{i % 7} value{i}");
        for (int i = 0; i < 4; i++)
        {
            Run("etcdctl", $"{ctl} del key{i}");
            Run("etcdctl", $"{ctl} txn", $"\nput key{i} again\ndel key{i + 3}\nput other{i} x\n\n\n");
            Run("etcdctl", $"{ctl} put late{i} y");
        }
    }

    private static uint Hash(string ctl, long revision) =>
        Json(Run("etcdctl", string.Create(CultureInfo.InvariantCulture, $"{ctl} endpoint hashkv --rev {revision} -w json")))[0]
            .GetProperty("HashKV").GetProperty("hash").GetUInt32();

    private static JsonElement Json(string text)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    private static string FreeUrl()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
    }

    private static Process Start(string program, string arguments) => Process.Start(new ProcessStartInfo
    {
        FileName = EtcdPrograms.New(program),
        Arguments = arguments,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = program != "etcd",
    })!;

    private static string Run(string program, string arguments, string? input = null)
    {
        using Process process = Start(program, arguments);
        if (input != null)
            process.StandardInput.Write(input);
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {arguments}: {output}{error.Result}");
        return output;
    }
}

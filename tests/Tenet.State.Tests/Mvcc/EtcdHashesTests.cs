using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Tenet.Foundation.Randomness;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Mvcc;
using Tenet.Tests;

namespace Tenet.State.Tests.Mvcc;

/// <summary>
/// The same requests to a real etcd and to a store of ours: members compare hashes of compactions with each other, so both must say the same of every
/// revision, whether the hash was kept at its compaction or is worked out, and forget the same.
/// </summary>
public sealed class EtcdHashesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("tenet-hashes-").FullName;
    private readonly string _client = FreeUrl();
    private readonly string _peer = FreeUrl();
    private readonly HttpClient _http = new();
    private Process? _etcd;

    [RealEtcdFact]
    public async Task Hashes_of_compactions_and_of_everything_between_equal_etcds()
    {
        _etcd = Process.Start(new ProcessStartInfo(
            EtcdPrograms.New("etcd"),
            $"--data-dir {_directory}/data --listen-client-urls {_client} --advertise-client-urls {_client} --listen-peer-urls {_peer} "
            + $"--initial-advertise-peer-urls {_peer} --initial-cluster default={_peer} --log-level error --log-outputs {_directory}/log --unsafe-no-fsync"))!;
        await WaitUntilItServesAsync();

        using var store = new StoreFixture();
        var random = new SeededRandom(7);
        var compactions = new List<long>();
        for (int round = 0; round < 14; round++)
        {
            for (int i = 0; i < 25; i++)
                await BothAsync(store, random);
            long current = store.Store.CurrentRevision;
            long revision = random.Chance(0.3) ? current : current - random.Next(20);
            await PostAsync("/v3/kv/compaction", new { revision, physical = true });
            store.Compact(revision, batch: 1 + random.Next(30));
            compactions.Add(revision);
        }

        for (int i = 0; i < 10; i++)
            await BothAsync(store, random);

        Assert.Equal(compactions[^10..], store.Store.CompactionHashes.Select(static hash => hash.Revision));
        foreach (long revision in compactions[^10..])
            Assert.Equal(await HashAsync(revision), store.HashKv(revision));
        for (long revision = compactions[^1] + 1; revision <= store.Store.CurrentRevision; revision++)
            Assert.Equal(await HashAsync(revision), store.HashKv(revision));
        HashKvResult latest = store.HashKv();
        Assert.Equal(await HashAsync(0), latest);

        // The eleventh newest is forgotten, and what is older than the last compaction cannot be worked out.
        Assert.Equal("etcdserver: mvcc: required revision has been compacted", await RefusalAsync(compactions[^11]));
        Assert.Equal("etcdserver: mvcc: required revision has been compacted", store.Store.HashKv(compactions[^11]).Error!.Message);
        Assert.Equal("etcdserver: mvcc: required revision is a future revision", await RefusalAsync(latest.Revision + 1));
        Assert.Equal("etcdserver: mvcc: required revision is a future revision", store.Store.HashKv(latest.Revision + 1).Error!.Message);

        // Members ask each other on the peer port.
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{_peer}/members/hashkv") { Content = JsonContent.Create(new { revision = compactions[^3] }) };
        using HttpResponseMessage response = await _http.SendAsync(request);
        using JsonDocument document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        HashKvResult kept = store.HashKv(compactions[^3]);
        Assert.Equal((kept.Hash, kept.CompactRevision), (document.RootElement.GetProperty("hash").GetUInt32(), document.RootElement.GetProperty("compact_revision").GetInt64()));
    }

    public void Dispose()
    {
        _http.Dispose();
        if (_etcd is not null)
        {
            _etcd.Kill();
            _etcd.WaitForExit();
            _etcd.Dispose();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private async Task BothAsync(StoreFixture store, SeededRandom random)
    {
        string key = $"key{random.Next(12)}";
        string value = $"{random.Next(1000)}";
        switch (random.Next(10))
        {
            case < 6:
                await PostAsync("/v3/kv/put", new { key = Base64(key), value = Base64(value) });
                store.Put(key, value);
                break;
            case < 8:
                await PostAsync("/v3/kv/deleterange", new { key = Base64(key) });
                store.Delete(key);
                break;
            case 8:
                await PostAsync("/v3/kv/deleterange", new { key = Base64("key1"), range_end = Base64("key2") });
                store.Delete("key1", "key2");
                break;
            default:
                await PostAsync("/v3/kv/txn", new
                {
                    success = new object[]
                    {
                        new { request_delete_range = new { key = Base64("key3"), range_end = Base64("key5") } },
                        new { request_put = new { key = Base64("other"), value = Base64(value) } },
                        new { request_put = new { key = Base64("another"), value = Base64(value) } },
                    },
                });
                var txn = new TxnRequest();
                txn.Success.Add(new RequestOp
                {
                    RequestDeleteRange = new DeleteRangeRequest { Key = StoreFixture.Bytes("key3"), RangeEnd = StoreFixture.Bytes("key5") },
                });
                txn.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = StoreFixture.Bytes("other"), Value = StoreFixture.Bytes(value) } });
                txn.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = StoreFixture.Bytes("another"), Value = StoreFixture.Bytes(value) } });
                Assert.Null(store.Kv.Execute(txn).Error);
                break;
        }
    }

    private async Task<HashKvResult> HashAsync(long revision)
    {
        using JsonDocument answer = await PostAsync("/v3/maintenance/hashkv", new { revision });
        return new HashKvResult(
            answer.RootElement.GetProperty("hash").GetUInt32(),
            long.Parse(answer.RootElement.GetProperty("compact_revision").GetString()!, CultureInfo.InvariantCulture),
            revision == 0 ? long.Parse(answer.RootElement.GetProperty("header").GetProperty("revision").GetString()!, CultureInfo.InvariantCulture) : revision);
    }

    private async Task<string> RefusalAsync(long revision)
    {
        using HttpResponseMessage response = await _http.PostAsJsonAsync(_client + "/v3/maintenance/hashkv", new { revision });
        Assert.False(response.IsSuccessStatusCode);
        using JsonDocument document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return document.RootElement.GetProperty("message").GetString()!;
    }

    private async Task<JsonDocument> PostAsync(string path, object body)
    {
        using HttpResponseMessage response = await _http.PostAsJsonAsync(_client + path, body);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text);
    }

    private async Task WaitUntilItServesAsync()
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                using HttpResponseMessage response = await _http.GetAsync(new Uri(_client + "/health"));
                if (response.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException) when (attempt < 300)
            {
                // It does not listen yet.
            }

            Assert.False(_etcd!.HasExited);
            await Task.Delay(50);
        }
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.Latin1.GetBytes(text));

    private static string FreeUrl()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
    }
}

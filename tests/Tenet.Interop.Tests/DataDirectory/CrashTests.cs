using System.Collections.Concurrent;
using System.Globalization;
using Google.Protobuf;
using Tenet.Foundation.Randomness;
using Tenet.Interop.Tests.Processes;
using Tenet.Interop.Tests.Wire;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;

namespace Tenet.Interop.Tests.DataDirectory;

/// <summary>kill -9 under load, again and again on one data directory: what was acknowledged is there, what was refused is not.</summary>
public sealed class CrashTests
{
    private const int Writers = 16;
    private const int KeysOfEach = 8;

    /// <summary>TENET_CRASH_ROUNDS rounds, 5 unless it says otherwise.</summary>
    [InteropFact]
    public async Task Crash_after_crash_nothing_acknowledged_is_lost_and_nothing_refused_appears()
    {
        int rounds = int.TryParse(Environment.GetEnvironmentVariable("TENET_CRASH_ROUNDS"), NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : 5;
        using Scratch scratch = new();
        SeededRandom random = new((ulong)rounds);
        Ledger ledger = new();
        for (int round = 0; round < rounds; round++)
        {
            await using ServerProcess server = await ServerProcess.StartAsync(Binaries.Subject, scratch["data"], "--snapshot-count", "500");
            await CheckAsync(server.Client, ledger, round);
            await LoadAndKillAsync(server, ledger, random);
        }
        await using ServerProcess last = await ServerProcess.StartAsync(Binaries.Subject, scratch["data"]);
        await CheckAsync(last.Client, ledger, rounds);
        Assert.True(ledger.Acknowledged > rounds * 20, $"only {ledger.Acknowledged} writes were acknowledged: the rounds prove little");
    }

    private static async Task LoadAndKillAsync(ServerProcess server, Ledger ledger, SeededRandom random)
    {
        int wanted = random.Next(50, 1500);
        int acknowledged = 0;
        TaskCompletionSource enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task[] writers = new Task[Writers];
        for (int writer = 0; writer < Writers; writer++)
        {
            int number = writer;
            SeededRandom own = random.Fork();
            writers[writer] = Task.Run(async () =>
            {
                try
                {
                    while (true)
                    {
                        await WriteAsync(server.Client, ledger, own, number);
                        if (Interlocked.Increment(ref acknowledged) >= wanted)
                            enough.TrySetResult();
                    }
                }
                catch (HttpRequestException)
                {
                    // The server is dead, as was wanted; the write in flight may or may not be there.
                }
            });
        }
        Task all = Task.WhenAll(writers);
        Assert.True(await Task.WhenAny(enough.Task, all) == enough.Task, $"the load ended by itself: {server.Log}");
        await server.KillAsync();
        await all;
    }

    private static async Task WriteAsync(EtcdClient client, Ledger ledger, SeededRandom random, int writer)
    {
        if (random.Chance(0.1))
        {
            // No such lease: refused after it went through the log.
            GrpcReply<PutResponse> refused = await client.PutAsync(new PutRequest { Key = Text($"refused/{writer}"), Value = Text("x"), Lease = 987_654 });
            Assert.Equal(5, refused.Status);
            return;
        }
        string key = $"key/{writer}/{random.Next(KeysOfEach)}";
        long value = ledger.NextValue(key);
        GrpcReply<PutResponse> reply = await client.PutAsync(key, value.ToString(CultureInfo.InvariantCulture));
        Assert.True(reply.Status == 0, $"{reply.Status} {reply.Text}");
        ledger.Acknowledge(key, value, reply.Value.Header.Revision);
    }

    private static async Task CheckAsync(EtcdClient client, Ledger ledger, int round)
    {
        RangeResponse all = await client.EverythingAsync();
        Assert.True(all.Header.Revision >= ledger.Revision, $"round {round}: revision {ledger.Revision} was acknowledged, the store is at {all.Header.Revision}");
        Dictionary<string, long> found = [];
        foreach (KeyValue kv in all.Kvs)
        {
            string key = kv.Key.ToStringUtf8();
            Assert.False(key.StartsWith("refused/", StringComparison.Ordinal), $"round {round}: {key} was refused and is there");
            found[key] = long.Parse(kv.Value.Span, CultureInfo.InvariantCulture);
        }
        foreach ((string key, long acknowledged, long sent) in ledger.Keys())
        {
            long value = found.GetValueOrDefault(key);
            Assert.True(value >= acknowledged, $"round {round}: {key} was acknowledged as {acknowledged} and is {value}");
            Assert.True(value <= sent, $"round {round}: {key} is {value}, which was never sent");
        }
    }

    private static ByteString Text(string text) => ByteString.CopyFromUtf8(text);

    /// <summary>What was sent and what was acknowledged, for each key. A key belongs to one writer, whose values only grow.</summary>
    private sealed class Ledger
    {
        private readonly ConcurrentDictionary<string, long> _sent = new();
        private readonly ConcurrentDictionary<string, long> _acknowledged = new();
        private long _revision;
        private int _count;

        public long Revision => Interlocked.Read(ref _revision);

        public int Acknowledged => _count;

        public long NextValue(string key) => _sent.AddOrUpdate(key, 1, static (_, last) => last + 1);

        public void Acknowledge(string key, long value, long revision)
        {
            _acknowledged[key] = value;
            Interlocked.Increment(ref _count);
            lock (_sent)
                _revision = Math.Max(_revision, revision);
        }

        public IEnumerable<(string Key, long Acknowledged, long Sent)> Keys() => _sent.Select(sent => (sent.Key, _acknowledged.GetValueOrDefault(sent.Key), sent.Value));
    }
}

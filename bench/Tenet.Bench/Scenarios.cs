using System.Diagnostics;
using Google.Protobuf;
using Tenet.Bench.Http2;

namespace Tenet.Bench;

/// <summary>The scenarios, each against one server.</summary>
internal sealed class Scenarios(Scale scale)
{
    private const int Watchers = 1000;
    private const int WatchStreams = 10;

    /// <summary>Stores keys 0 to n − 1.</summary>
    public static async Task FillAsync(int port, int keys)
    {
        Requests.Counter counter = new();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            using UnaryConnection connection = new("/etcdserverpb.KV/Txn", 4, Requests.Fill(counter, keys), false);
            await connection.ConnectAsync(port);
            await connection.RunAsync();
            if (connection.Failed > 0)
                throw new InvalidOperationException($"{connection.Failed} transactions failed while filling");
        }));
    }

    public Task<double> PutsAsync(BenchServer server) =>
        ThroughputAsync(server, "/etcdserverpb.KV/Put", (seed, stop) => Requests.RandomPuts(seed, scale.Keys, stop));

    public Task<double> GetsAsync(BenchServer server) =>
        ThroughputAsync(server, "/etcdserverpb.KV/Range", (seed, stop) => Requests.RandomGets(seed, scale.Keys, stop));

    public Task<double> RangesAsync(BenchServer server) =>
        ThroughputAsync(server, "/etcdserverpb.KV/Range", (seed, stop) => Requests.RandomRanges(seed, scale.Keys, stop));

    /// <summary>One client that puts one key after another: p50 and p99 in milliseconds.</summary>
    public async Task<(double P50, double P99)> PutLatencyAsync(int port)
    {
        long began = Stopwatch.GetTimestamp();
        using UnaryConnection connection = new(
            "/etcdserverpb.KV/Put", 1, Requests.RandomPuts(1, scale.Keys, () => Stopwatch.GetElapsedTime(began) > scale.WarmUp + scale.Measured), true);
        await connection.ConnectAsync(port);
        await connection.RunAsync();
        Load.Check(connection);
        // The first part of the calls is the warm-up.
        TimeSpan[] measured = [.. connection.Latencies.Skip(connection.Latencies.Count / 3).Order()];
        return (measured[measured.Length / 2].TotalMilliseconds, measured[measured.Length * 99 / 100].TotalMilliseconds);
    }

    /// <summary>1,000 watchers of one key that is put all the time: events delivered in a second.</summary>
    public async Task<double> WatchAsync(int port)
    {
        const string Key = "watched";
        List<WatchConnection> watches = [];
        for (int i = 0; i < WatchStreams; i++)
        {
            WatchConnection watch = new(ByteString.CopyFromUtf8(Key), Watchers / WatchStreams);
            await watch.ConnectAsync(port);
            // Ends when the connection is closed below.
            _ = watch.RunAsync().ContinueWith(static ended => ended.Exception, TaskScheduler.Default);
            watches.Add(watch);
        }
        await Task.WhenAll(watches.Select(watch => watch.Created)).WaitAsync(TimeSpan.FromSeconds(30));
        bool stop = false;
        using UnaryConnection puts = new("/etcdserverpb.KV/Put", 8, Requests.SameKey(Key, () => Volatile.Read(ref stop)), false);
        await puts.ConnectAsync(port);
        Task putting = puts.RunAsync();
        await Task.Delay(scale.WarmUp);
        long before = watches.Sum(watch => watch.Events);
        long began = Stopwatch.GetTimestamp();
        await Task.Delay(scale.Measured);
        long after = watches.Sum(watch => watch.Events);
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Volatile.Write(ref stop, true);
        await putting;
        watches.ForEach(watch => watch.Dispose());
        return (after - before) / seconds;
    }

    private async Task<double> ThroughputAsync(BenchServer server, string path, Func<int, Func<bool>, NextRequest> requests) =>
        (await Load.RunAsync(scale, [server], [server], path, requests)).Rate;
}

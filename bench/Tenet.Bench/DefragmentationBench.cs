using System.Diagnostics;
using System.Globalization;
using Tenet.Bench.Cluster;
using Tenet.Bench.Http2;

namespace Tenet.Bench;

/// <summary>
/// A server with a large database is defragmented while puts come in at an even pace, whether it answers or not: a put's time counts from when it was
/// due, so that a server that stands still is charged for every put that it kept waiting.
/// </summary>
internal sealed class DefragmentationBench(BenchOptions options, ServerProgram program, ResultTable table)
{
    private const int PutsPerSecond = 2_000;
    private const int FillValueBytes = 4_096;
    private const int Keys = 10_000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly Scale _scale = options.Scale;

    public async Task RunAsync()
    {
        string data = DataDirectory.Fresh(options.Directory, "defragmentation");
        BenchServer server = BenchServer.Start(
            program, data, BenchServer.FreePort(), ["--listen-peer-urls", BenchServer.Url(BenchServer.FreePort()), "--quota-backend-bytes", "17179869184"]);
        using (server)
        {
            await server.WaitHealthyAsync();
            await FillAsync(server.Port);
            using MemberCalls calls = new(server.Port);
            long before = (await calls.StatusAsync(Patience))?.DbSize ?? 0;
            using PacedPuts puts = new(server.Port, PutsPerSecond, Keys);
            await Task.Delay(_scale.WarmUp);
            TimeSpan[] quiet = await puts.DuringAsync(() => Task.Delay(2 * _scale.Measured));
            long failed = puts.Failed;
            long began = Stopwatch.GetTimestamp();
            TimeSpan took = default;
            TimeSpan[] busy = await puts.DuringAsync(async () =>
            {
                if (!await calls.TryDefragmentAsync(Patience))
                    throw new InvalidOperationException($"{program.Name} did not defragment");
                took = Stopwatch.GetElapsedTime(began);
            });
            string what = string.Create(CultureInfo.InvariantCulture, $"defragmentation of {before / 1e9:0.0} GB, {PutsPerSecond:#,0} puts/s");
            Note($"{what}: p99 before", At(quiet, 0.99));
            Note($"{what}: p99 during", At(busy, 0.99));
            Note($"{what}: worst", busy[^1].TotalMilliseconds);
            table.Add(program.Name, $"{what}: refused", "", puts.Failed - failed, 0, false);
            table.Add(program.Name, $"{what}: took", "s", took.TotalSeconds, 0, false);
            table.Add(program.Name, $"{what}: p99 during / before", "", At(busy, 0.99) / At(quiet, 0.99), 0, false);
            await puts.StopAsync();
            await server.StopAsync();
        }
        Directory.Delete(data, recursive: true);
    }

    private async Task FillAsync(int port)
    {
        Requests.Counter counter = new();
        int keys = (int)(options.Megabytes * (1L << 20) / (FillValueBytes + 150));
        UnaryConnection[] connections =
            [.. Enumerable.Range(0, 4).Select(_ => new UnaryConnection("/etcdserverpb.KV/Txn", 4, Requests.FillLarge(counter, keys, FillValueBytes), false))];
        foreach (UnaryConnection connection in connections)
            await connection.ConnectAsync(port);
        await Task.WhenAll(connections.Select(connection => connection.RunAsync()));
        foreach (UnaryConnection connection in connections)
        {
            Load.Check(connection);
            connection.Dispose();
        }
    }

    private static double At(TimeSpan[] ordered, double share) => ordered[(int)(ordered.Length * share)].TotalMilliseconds;

    private void Note(string metric, double milliseconds) => table.Add(program.Name, metric, "ms", milliseconds, 0, false);
}

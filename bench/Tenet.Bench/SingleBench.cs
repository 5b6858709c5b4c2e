using System.Diagnostics;
using System.Globalization;

namespace Tenet.Bench;

/// <summary>One server alone, through all scenarios.</summary>
internal sealed class SingleBench(BenchOptions options, ServerProgram program, ResultTable table)
{
    private readonly string[] _loads = ["put", "get", "range", "latency", "watch"];
    private readonly Scale _scale = options.Scale;

    public async Task RunAsync()
    {
        if (_loads.Any(options.WantsScenario))
            await ThroughputAsync();
        if (options.WantsScenario("memory"))
            await MemoryAsync();
    }

    private async Task ThroughputAsync()
    {
        Scenarios scenarios = new(_scale);
        string data = DataDirectory.Fresh(options.Directory, "throughput");
        (BenchServer server, _) = await BenchServer.StartAsync(program, data);
        using (server)
        {
            await Scenarios.FillAsync(server.Port, _scale.Keys);
            if (options.WantsScenario("put"))
                Note("put, 16 × 32", "/s", await scenarios.PutsAsync(server), 1.5, true);
            if (options.WantsScenario("get"))
                Note("linearizable get, 16 × 32", "/s", await scenarios.GetsAsync(server), 1.5, true);
            if (options.WantsScenario("range"))
                Note("range of 1,000 keys, 16 × 32", "/s", await scenarios.RangesAsync(server), 1.5, true);
            if (options.WantsScenario("latency"))
            {
                (double p50, double p99) = await scenarios.PutLatencyAsync(server.Port);
                Note("one client's put, p50", "ms", p50, 1.1, false);
                Note("one client's put, p99", "ms", p99, 0, false);
            }
            if (options.WantsScenario("watch"))
                Note("1,000 watchers of one key, events", "/s", await scenarios.WatchAsync(server.Port), 1.5, true);
        }
        Directory.Delete(data, recursive: true);
    }

    private async Task MemoryAsync()
    {
        string data = DataDirectory.Fresh(options.Directory, "memory");
        string what = string.Create(CultureInfo.InvariantCulture, $"{_scale.LargeKeys:#,0} keys");
        (BenchServer server, _) = await BenchServer.StartAsync(program, data);
        using (server)
        {
            long began = Stopwatch.GetTimestamp();
            await Scenarios.FillAsync(server.Port, _scale.LargeKeys);
            Note($"{what}, time to store them", "s", Stopwatch.GetElapsedTime(began).TotalSeconds, 0, false);
            await Task.Delay(_scale.Quick ? 2000 : 10_000);
            Note($"{what}, memory after that", "MiB", server.ResidentMebibytes, 1.0, false);
            Note($"{what}, of it not mapped", "MiB", server.AnonymousMebibytes, 0, false);
            await server.StopAsync();
        }
        (server, TimeSpan took) = await BenchServer.StartAsync(program, data);
        using (server)
        {
            Note($"{what}, restart", "s", took.TotalSeconds, 1.0, false);
            await Task.Delay(_scale.Quick ? 2000 : 10_000);
            Note($"{what}, memory after restart", "MiB", server.ResidentMebibytes, 1.0, false);
        }
        Directory.Delete(data, recursive: true);
    }

    private void Note(string metric, string unit, double value, double wanted, bool moreIsBetter) =>
        table.Add(program.Name, metric, unit, value, wanted, moreIsBetter);
}

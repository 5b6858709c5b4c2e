using System.Diagnostics;
using System.Globalization;
using Tenet.Bench;

const string Usage = """
    usage: ./dev bench [--quick] [--only put,get,range,latency,watch,memory] [--servers etcd,tenet] [--seconds N] [--keys N] [--directory DIR]

      --quick      short runs and a tenth of the keys: about a minute
      --only       some of the scenarios
      --servers    one of the servers
      --seconds    how long each scenario is measured (default 8)
      --keys       how many keys the memory scenario stores (default 1000000)
      --directory  where the data directories are made (default artifacts/bench): the disk that is measured
    """;

Dictionary<string, string> options = new(StringComparer.Ordinal);
for (int i = 0; i < args.Length; i++)
{
    string name = args[i].TrimStart('-');
    if (name == "quick")
    {
        options[name] = "";
    }
    else if (name is "only" or "servers" or "seconds" or "keys" or "directory" && i + 1 < args.Length)
    {
        options[name] = args[++i];
    }
    else
    {
        Console.Error.WriteLine(Usage);
        return name == "help" ? 0 : 2;
    }
}

bool quick = options.ContainsKey("quick");
int Number(string name, int standard) => options.TryGetValue(name, out string? text) ? int.Parse(text, CultureInfo.InvariantCulture) : standard;
Scale scale = new(
    WarmUp: TimeSpan.FromSeconds(quick ? 1.5 : 4),
    Measured: TimeSpan.FromSeconds(Number("seconds", quick ? 2 : 8)),
    Keys: 10_000,
    LargeKeys: Number("keys", quick ? 100_000 : 1_000_000));
string[] only = options.GetValueOrDefault("only", "put,get,range,latency,watch,memory").Split(',');
string[] servers = options.GetValueOrDefault("servers", "etcd,tenet").Split(',');
string directory = Path.GetFullPath(options.GetValueOrDefault("directory", "artifacts/bench"));

string etcdHome = Environment.GetEnvironmentVariable("TENET_ETCD_DIR") is { Length: > 0 } given
    ? given
    : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "tenet-etcd");
ServerProgram[] programs =
[
    new("etcd 3.5.30", Path.Combine(etcdHome, "sid", "etcd"), []),
    new("tenet", "dotnet", [Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "tenet", "release", "tenet.dll"))]),
];

ResultTable table = new();
foreach (ServerProgram program in programs.Where(program => servers.Any(wanted => program.Name.StartsWith(wanted, StringComparison.Ordinal))))
{
    Scenarios scenarios = new(scale);
    void Note(string metric, string unit, double value, double wanted, bool moreIsBetter)
    {
        Console.Error.WriteLine($"  {program.Name}: {metric} {value.ToString("#,0.###", CultureInfo.InvariantCulture)} {unit}");
        table.Add(program.Name, metric, unit, value, wanted, moreIsBetter);
    }

    if (only.Any(name => name != "memory"))
    {
        string data = Fresh("throughput");
        (BenchServer server, _) = await BenchServer.StartAsync(program, data);
        using (server)
        {
            await Scenarios.FillAsync(server.Port, scale.Keys);
            if (only.Contains("put"))
                Note("put, 16 × 32", "/s", await scenarios.PutsAsync(server.Port), 1.5, true);
            if (only.Contains("get"))
                Note("linearizable get, 16 × 32", "/s", await scenarios.GetsAsync(server.Port), 1.5, true);
            if (only.Contains("range"))
                Note("range of 1,000 keys, 16 × 32", "/s", await scenarios.RangesAsync(server.Port), 1.5, true);
            if (only.Contains("latency"))
            {
                (double p50, double p99) = await scenarios.PutLatencyAsync(server.Port);
                Note("one client's put, p50", "ms", p50, 1.1, false);
                Note("one client's put, p99", "ms", p99, 0, false);
            }
            if (only.Contains("watch"))
                Note("1,000 watchers of one key, events", "/s", await scenarios.WatchAsync(server.Port), 1.5, true);
        }
        Directory.Delete(data, recursive: true);
    }
    if (only.Contains("memory"))
    {
        string data = Fresh("memory");
        string what = string.Create(CultureInfo.InvariantCulture, $"{scale.LargeKeys:#,0} keys");
        (BenchServer server, _) = await BenchServer.StartAsync(program, data);
        using (server)
        {
            long began = Stopwatch.GetTimestamp();
            await Scenarios.FillAsync(server.Port, scale.LargeKeys);
            Note($"{what}, time to store them", "s", Stopwatch.GetElapsedTime(began).TotalSeconds, 0, false);
            await Task.Delay(quick ? 2000 : 10_000);
            Note($"{what}, memory after that", "MiB", server.ResidentMebibytes, 1.0, false);
            Note($"{what}, of it not mapped", "MiB", server.AnonymousMebibytes, 0, false);
            await server.StopAsync();
        }
        (server, TimeSpan took) = await BenchServer.StartAsync(program, data);
        using (server)
        {
            Note($"{what}, restart", "s", took.TotalSeconds, 1.0, false);
            await Task.Delay(quick ? 2000 : 10_000);
            Note($"{what}, memory after restart", "MiB", server.ResidentMebibytes, 1.0, false);
        }
        Directory.Delete(data, recursive: true);
    }
}
Console.WriteLine(table.Render([.. programs.Select(program => program.Name)]));
return 0;

string Fresh(string name)
{
    string path = Path.Combine(directory, name);
    if (Directory.Exists(path))
        Directory.Delete(path, recursive: true);
    Directory.CreateDirectory(directory);
    return path;
}

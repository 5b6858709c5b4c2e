using System.Diagnostics;
using System.Globalization;
using Tenet.Simulation.Planted;
using Tenet.Simulation.Worlds;

namespace Tenet.Simulation;

/// <summary>Runs seeds: one with its trace, or many with a line now and then.</summary>
internal static class Runner
{
    private const string Usage = """
        usage: sim <count>                          runs the seeds 1 to count
               sim --seed N [--trace]               runs one seed; with --trace every event is printed
               sim --seeds A..B [--parallel P]      runs these, P (2 unless told) at a time
               … --planted NAME                     with one of the planted bugs
        The same seed gives the same hash on every run. Exit code 1 if a seed fails.
        """;

    public static int Main(string[] args)
    {
        var options = new Queue<string>(args);
        ulong first = 1;
        ulong last = 0;
        int parallel = 2;
        bool trace = false;
        bool verbose = false;
        Func<PlantedBug>? planted = null;
        while (options.TryDequeue(out string? option))
        {
            switch (option)
            {
                case "--seed" when options.TryDequeue(out string? text) && TryNumber(text, out first):
                    last = first;
                    verbose = true;
                    break;
                case "--seeds" when options.TryDequeue(out string? range) && range.Split("..") is [{ } from, { } to] && TryNumber(from, out first) && TryNumber(to, out last):
                    break;
                case "--parallel" when options.TryDequeue(out string? text) && TryNumber(text, out ulong count) && count > 0:
                    parallel = (int)count;
                    break;
                case "--planted" when options.TryDequeue(out string? name) && PlantedBugs.All.TryGetValue(name, out (Func<PlantedBug> Plant, string Checker) bug):
                    planted = bug.Plant;
                    break;
                case "--trace":
                    trace = true;
                    break;
                case "--verbose":
                    verbose = true;
                    break;
                case { } when TryNumber(option, out last):
                    break;
                default:
                    Console.Error.WriteLine(Usage);
                    return 2;
            }
        }

        if (last < first)
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }

        return RunMany(first, last, trace ? 1 : parallel, trace, verbose, planted) == 0 ? 0 : 1;
    }

    /// <summary>Runs one seed to its end, whatever that is.</summary>
    public static RunResult Run(ulong seed, Action<string>? echo = null, Func<PlantedBug>? planted = null)
    {
        var watch = Stopwatch.StartNew();
        var world = new World(WorldPlan.Draw(seed), echo, planted);
        Exception? failure = null;
        try
        {
            world.Run();
        }
        catch (Exception caught)
        {
            failure = caught;
        }

        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"seed {seed} hash {world.Trace.Hash:x16} {(failure is null ? "ok" : "FAILED")}: {world.Time.TotalSeconds:F1} s, {world.Trace.Count} events, "
            + $"{world.Turns} turns, {world.History.Operations.Count} calls, revision {world.HighestRevision}, in {watch.ElapsedMilliseconds} ms");
        string report = failure is null ? $"{world.Plan}" : $"{(echo is null ? world.Trace.Last() : "")}{world.Plan}\n{failure}\n{line}\n";
        return new RunResult(seed, world.Trace.Hash, failure, report, line);
    }

    private static int RunMany(ulong first, ulong last, int parallel, bool trace, bool verbose, Func<PlantedBug>? planted)
    {
        var watch = Stopwatch.StartNew();
        var output = new Lock();
        ulong next = first;
        var failed = new SortedSet<ulong>();
        ulong done = 0;
        long told = 0;

        void Work()
        {
            while (true)
            {
                ulong seed;
                lock (output)
                {
                    if (next > last)
                        return;
                    seed = next++;
                }

                RunResult result = Run(seed, trace ? Console.WriteLine : null, planted);
                lock (output)
                {
                    done++;
                    if (verbose || result.Failure is not null)
                        Console.WriteLine($"{result.Report}\n{result.Line}");
                    if (result.Failure is not null)
                        failed.Add(seed);
                    if (watch.ElapsedMilliseconds - told < 10_000)
                        continue;
                    told = watch.ElapsedMilliseconds;
                    Console.WriteLine($"{done} of {last - first + 1} seeds, {failed.Count} failed, {told / 1000} s");
                }
            }
        }

        Thread[] threads = [.. Enumerable.Range(0, parallel).Select(_ => new Thread(Work))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        Console.WriteLine($"seeds {first} to {last}: {failed.Count} failed in {watch.Elapsed.TotalSeconds:F0} s{(failed.Count > 0 ? $": {string.Join(' ', failed)}" : "")}");
        return failed.Count;
    }

    private static bool TryNumber(string text, out ulong number) => ulong.TryParse(text, CultureInfo.InvariantCulture, out number);
}

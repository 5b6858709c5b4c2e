using System.Diagnostics;
using System.Globalization;

namespace Tenet.Fuzz;

/// <summary>The command line: <c>./dev fuzz</c>.</summary>
internal static class Runner
{
    private const string Usage = """
        usage: fuzz [target] [--count N] [--seed S]   N cases of the target (of each, unless told); 10000 unless told, seed 1 unless told
               fuzz <target> --seed S --case I        one case again
               fuzz --list                            the targets
        The same seed gives the same cases. Exit code 1 if a case fails.
        """;

    public static int Main(string[] args)
    {
        var options = new Queue<string>(args);
        List<string> targets = [];
        ulong count = 10_000;
        ulong seed = 1;
        ulong first = 0;
        while (options.TryDequeue(out string? option))
        {
            switch (option)
            {
                case "--list":
                    foreach ((string name, Func<FuzzTarget> make) in FuzzTargets.All)
                    {
                        using FuzzTarget target = make();
                        Console.WriteLine($"{name,-12} {target.Summary}");
                    }

                    return 0;
                case "--count" when options.TryDequeue(out string? text) && TryNumber(text, out count):
                case "--seed" when options.TryDequeue(out text) && TryNumber(text, out seed):
                    break;
                case "--case" when options.TryDequeue(out string? text) && TryNumber(text, out first):
                    count = 1;
                    break;
                case { } when FuzzTargets.All.ContainsKey(option):
                    targets.Add(option);
                    break;
                default:
                    Console.Error.WriteLine(Usage);
                    return 2;
            }
        }

        bool failed = false;
        foreach (string name in targets.Count > 0 ? targets : FuzzTargets.All.Keys)
        {
            var watch = Stopwatch.StartNew();
            string? failure = new FuzzRun(name, seed).Run(first, count, Console.WriteLine);
            failed |= failure is not null;
            Console.WriteLine(failure ?? string.Create(CultureInfo.InvariantCulture, $"{name}: {count} cases in {watch.Elapsed.TotalSeconds:F1} s"));
        }

        return failed ? 1 : 0;
    }

    private static bool TryNumber(string text, out ulong number) => ulong.TryParse(text, CultureInfo.InvariantCulture, out number);
}

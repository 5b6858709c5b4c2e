using System.Diagnostics;
using Tenet.Foundation.Randomness;

namespace Tenet.Fuzz;

/// <summary>Runs cases of one target, each within bounds of time and memory.</summary>
/// <param name="name">Which one.</param>
/// <param name="seed">Decides every case.</param>
internal sealed class FuzzRun(string name, ulong seed)
{
    /// <summary>A case takes milliseconds; one that takes as long as this on the busiest machine will take for ever.</summary>
    private static readonly TimeSpan CaseTimeMax = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private ulong _case;
    private long _caseBegan;
    private Exception? _failure;

    /// <summary>Cases that have ended.</summary>
    public ulong Done { get; private set; }

    /// <summary>Runs the cases from one on.</summary>
    /// <param name="first">The first case.</param>
    /// <param name="count">How many.</param>
    /// <param name="tell">Is told every ten seconds how far it is; null for nobody.</param>
    /// <returns>Null, or what went wrong with the first case that failed, with the command that runs it again.</returns>
    public string? Run(ulong first, ulong count, Action<string>? tell = null)
    {
        _caseBegan = Stopwatch.GetTimestamp();
        Thread thread = new(() => RunCases(first, count)) { IsBackground = true };
        thread.Start();
        var watch = Stopwatch.StartNew();
        TimeSpan told = default;
        while (!thread.Join(Look))
        {
            if (watch.Elapsed - told > TimeSpan.FromSeconds(10))
            {
                told = watch.Elapsed;
                tell?.Invoke($"{name}: {Done} of {count} cases in {told.TotalSeconds:F0} s");
            }

            lock (_lock)
            {
                if (Stopwatch.GetElapsedTime(_caseBegan) > CaseTimeMax)
                    return Report(new FuzzFailedException($"it does not end within {CaseTimeMax.TotalSeconds} s"));
            }
        }

        return _failure is null ? null : Report(_failure);
    }

    private void RunCases(ulong first, ulong count)
    {
        try
        {
            using FuzzTarget target = FuzzTargets.All[name]();
            for (ulong number = first; number < first + count; number++)
            {
                lock (_lock)
                    (_case, _caseBegan) = (number, Stopwatch.GetTimestamp());
                RunCase(target, number);
                Done++;
            }
        }
        catch (Exception failure)
        {
            _failure = failure;
        }
    }

    private void RunCase(FuzzTarget target, ulong number)
    {
        long before = GC.GetTotalAllocatedBytes();
        target.Run(new SeededRandom(unchecked(seed * 0x9e3779b97f4a7c15 + number)));
        long allocated = GC.GetTotalAllocatedBytes() - before;
        if (allocated > target.AllocatedBytesMax)
            throw new FuzzFailedException($"it allocated {allocated} bytes, more than {target.AllocatedBytesMax}");
    }

    private string Report(Exception failure) => $"{name}, seed {seed}, case {_case}: {failure}\n  again: ./dev fuzz {name} --seed {seed} --case {_case}";
}

using System.Globalization;
using System.Runtime.CompilerServices;
using Tenet.Client.Calls;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;
using Tenet.Ctl.Output;
using Tenet.Ctl.Processes;

namespace Tenet.Ctl.Checks;

/// <summary><c>check perf</c></summary>
internal static class CheckPerformanceCommand
{
    private const int KeyBytes = 256;
    private const int ValueBytes = 1024;
    private const double ShareOfLimit = 0.9;
    private const double SlowestSeconds = 0.5;
    private const double DeviationSeconds = 0.1;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(60);

    public static Command Create(GlobalFlags globals)
    {
        Command command = new("perf [options]", "Check the performance of the etcd cluster");
        CheckFlags flags = new(command.Flags, "performance", "/etcdctl-check-perf/");
        command.Run = async invocation =>
        {
            (int clients, int limit) = CheckLoad.Choose(flags.Load.Value, (50, 150), (200, 1000), (500, 8000), (1000, 15000));
            await using Session session = await Session.OpenAsync(globals, invocation);
            await CheckUpkeep.RequireEmptyAsync(session, flags.Prefix.Value, "'");
            PutLoad load = new(session, flags.Prefix.Value, clients, KeyBytes, ValueBytes);
            TimeSpan took = await RunAsync(session, load, limit);
            await CleanUpAsync(session, flags);
            if (flags.AutoDefrag.Value)
                await CheckUpkeep.DefragmentAsync(session, invocation);
            return Judge(load.Statistics, limit, took, session.Console.Out) ? ExitCode.Success : ExitCode.Error;
        };
        return command;
    }

    /// <summary>Says what was measured, and whether that is enough.</summary>
    public static bool Judge(LoadStatistics statistics, int limit, TimeSpan took, OutputWriter output)
    {
        foreach ((string error, int count) in statistics.Errors)
            output.Line($"{(error == statistics.Errors.Keys.First() ? "FAIL: too many errors\n" : "")}FAIL: ERROR({error}) -> {count}");
        double rate = statistics.Succeeded / took.TotalSeconds;
        bool fastEnough = rate / limit > ShareOfLimit;
        output.Line($"{(fastEnough ? "PASS: Throughput is" : "FAIL: Throughput too low:")} {(int)rate + 1} writes/s");
        bool steadyEnough = Verdict("Slowest request took", "Slowest request took too long:", statistics.Slowest, SlowestSeconds)
            & Verdict("Stddev is", "Stddev too high:", statistics.Deviation, DeviationSeconds);
        bool passed = statistics.Errors.Count == 0 && fastEnough && steadyEnough;
        output.Line(passed ? "PASS" : "FAIL");
        return passed;

        bool Verdict(string good, string bad, double seconds, double most)
        {
            string text = seconds.ToString("F6", CultureInfo.InvariantCulture);
            output.Line(seconds > most ? $"{bad} {text}s" : $"PASS: {good} {text}s");
            return !(seconds > most);
        }
    }

    private static async Task<TimeSpan> RunAsync(Session session, PutLoad load, int limit)
    {
        using Interruption interruption = new(session.Cancellation);
        using ProgressLine progress = new(session.Console);
        int done = 0;
        long startedAt = Environment.TickCount64;
        await load.RunAsync(PaceAsync(limit, interruption.Token), count => progress.Show(
            $"{Interlocked.Add(ref done, count)} puts, {(Environment.TickCount64 - startedAt) / 1000} of {Duration.TotalSeconds} s"));
        return TimeSpan.FromMilliseconds(Environment.TickCount64 - startedAt);
    }

    /// <summary>So many a second, until the time is over or the user interrupts.</summary>
    private static async IAsyncEnumerable<int> PaceAsync(int limit, [EnumeratorCancellation] CancellationToken interrupted)
    {
        long startedAt = Environment.TickCount64;
        for (long issued = 0; ; issued++)
        {
            double due = issued * 1000.0 / limit;
            if (due >= Duration.TotalMilliseconds || interrupted.IsCancellationRequested)
                yield break;
            double wait = due - (Environment.TickCount64 - startedAt);
            if (wait >= 1)
                await Task.Delay(TimeSpan.FromMilliseconds(wait), interrupted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (Environment.TickCount64 - startedAt >= Duration.TotalMilliseconds)
                yield break;
            yield return 1;
        }
    }

    private static async Task CleanUpAsync(Session session, CheckFlags flags)
    {
        long revision;
        try
        {
            revision = await CheckUpkeep.DeleteAsync(session, flags.Prefix.Value);
        }
        catch (CallException exception)
        {
            session.Console.Out.Line($"FAIL: Cleanup failed during key deletion: ERROR({CallErrors.Text(exception)})");
            return;
        }
        if (flags.AutoCompact.Value)
            await CheckUpkeep.CompactAsync(session, revision);
    }
}

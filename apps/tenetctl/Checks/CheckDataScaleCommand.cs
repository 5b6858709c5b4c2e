using System.Globalization;
using Tenet.Client.Calls;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;
using Tenet.Ctl.Output;

namespace Tenet.Ctl.Checks;

/// <summary><c>check datascale</c></summary>
internal static class CheckDataScaleCommand
{
    private const int PairBytes = 1024;
    private const double BytesOfMegabyte = 1024 * 1024;

    public static Command Create(GlobalFlags globals)
    {
        Command command = new("datascale [options]", "Check the memory usage of holding data for different workloads on a given server endpoint.")
        {
            Description = "If no endpoint is provided, localhost will be used. If multiple endpoints are provided, first endpoint will be used.",
        };
        CheckFlags flags = new(command.Flags, "datascale", "/etcdctl-check-datascale/");
        command.Run = async invocation =>
        {
            (int clients, int keys) = CheckLoad.Choose(flags.Load.Value, (50, 10_000), (200, 100_000), (500, 1_000_000), (1000, 3_000_000));
            await using Session session = await Session.OpenAsync(globals, invocation);
            await CheckUpkeep.RequireEmptyAsync(session, flags.Prefix.Value, "");
            OutputWriter output = session.Console.Out;
            if (await MemoryAsync(session, TlsFiles.Of(globals), "before") is not { } before)
                return ExitCode.Error;
            output.Line($"Start data scale check for work load [{keys} key-value pairs, {PairBytes} bytes per key-value, {clients} concurrent clients].");
            output.Flush();
            PutLoad load = new(session, flags.Prefix.Value, clients, PairBytes / 2, PairBytes / 2);
            await RunAsync(session, load, keys);
            if (await MemoryAsync(session, TlsFiles.Of(globals), "after") is not { } after)
                return ExitCode.Error;
            try
            {
                long revision = await CheckUpkeep.DeleteAsync(session, flags.Prefix.Value);
                if (flags.AutoCompact.Value)
                    await CheckUpkeep.CompactAsync(session, revision);
            }
            catch (CallException exception)
            {
                throw session.Judged(exception);
            }
            if (flags.AutoDefrag.Value)
                await CheckUpkeep.DefragmentAsync(session, invocation);
            if (load.Statistics.Errors.Count > 0)
            {
                output.Line("FAIL: too many errors");
                foreach ((string error, int count) in load.Statistics.Errors)
                    output.Line($"FAIL: ERROR({error}) -> {count}");
                return ExitCode.Error;
            }
            output.Line($"PASS: Approximate system memory used : {((after - before) / BytesOfMegabyte).ToString("F2", CultureInfo.InvariantCulture)} MB.");
            return ExitCode.Success;
        };
        return command;
    }

    private static async Task RunAsync(Session session, PutLoad load, int keys)
    {
        using ProgressLine progress = new(session.Console);
        int done = 0;
        await load.RunAsync(AtOnce(keys), count => progress.Show($"{Interlocked.Add(ref done, count)} of {keys} keys"));
    }

    private static async Task<double?> MemoryAsync(Session session, TlsFiles tls, string when)
    {
        double? bytes = await ResidentMemory.AskAsync(session.Endpoints[0], tls.Load(), session.Console.Out, session.Cancellation);
        if (bytes is null)
            session.Console.Out.Line($"FAIL: Could not read process_resident_memory_bytes {when} the put operations.");
        return bytes;
    }

    private static IAsyncEnumerable<int> AtOnce(int keys) => Enumerable.Range(0, keys).ToAsyncEnumerable();
}

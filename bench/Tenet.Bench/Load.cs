using System.Diagnostics;
using Tenet.Bench.Http2;

namespace Tenet.Bench;

/// <summary>What one load showed.</summary>
/// <param name="Rate">Calls that ended in a second.</param>
/// <param name="ServerMicroseconds">Processor time of each server for each of those calls.</param>
/// <param name="DriverMicroseconds">The same of this process.</param>
internal sealed record LoadResult(double Rate, double[] ServerMicroseconds, double DriverMicroseconds);

/// <summary>16 connections with 32 calls in flight on each: the same load for everybody.</summary>
internal static class Load
{
    private const int Connections = 16;
    private const int Streams = 32;

    /// <summary>Loads some servers, the connections dealt out among them in turn.</summary>
    /// <param name="scale">How long.</param>
    /// <param name="targets">The servers that are called.</param>
    /// <param name="measured">The servers whose processor time is counted.</param>
    /// <param name="path">The method.</param>
    /// <param name="requests">Makes the requests of a connection out of its number and of what tells that it is over.</param>
    public static async Task<LoadResult> RunAsync(
        Scale scale, IReadOnlyList<BenchServer> targets, IReadOnlyList<BenchServer> measured, string path, Func<int, Func<bool>, NextRequest> requests)
    {
        bool stop = false;
        UnaryConnection[] connections =
            [.. Enumerable.Range(0, Connections).Select(number => new UnaryConnection(path, Streams, requests(number, () => Volatile.Read(ref stop)), false))];
        for (int i = 0; i < connections.Length; i++)
            await connections[i].ConnectAsync(targets[i % targets.Count].Port);
        Task running = Task.WhenAll(connections.Select(connection => connection.RunAsync()));
        await Task.WhenAny(running, Task.Delay(scale.WarmUp));

        long began = Stopwatch.GetTimestamp();
        TimeSpan[] before = ProcessorTimes(measured);
        long callsBefore = connections.Sum(connection => connection.Completed);
        await Task.WhenAny(running, Task.Delay(scale.Measured));
        long calls = connections.Sum(connection => connection.Completed) - callsBefore;
        TimeSpan[] after = ProcessorTimes(measured);
        double rate = calls / Stopwatch.GetElapsedTime(began).TotalSeconds;

        Volatile.Write(ref stop, true);
        await running;
        foreach (UnaryConnection connection in connections)
        {
            Check(connection);
            connection.Dispose();
        }
        double[] each = [.. before.Zip(after, (from, to) => (to - from).TotalMicroseconds / calls)];
        return new LoadResult(rate, each[..^1], each[^1]);
    }

    public static void Check(UnaryConnection connection)
    {
        if (connection.Failed > 0)
            throw new InvalidOperationException($"{connection.Failed} of {connection.Completed} calls failed");
    }

    private static TimeSpan[] ProcessorTimes(IReadOnlyList<BenchServer> servers) =>
        [.. servers.Select(server => server.ProcessorTime), Environment.CpuUsage.TotalTime];
}

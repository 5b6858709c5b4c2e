using System.Diagnostics;
using System.Globalization;
using System.Text;
using Tenet.Client;

namespace Tenet.Bench;

/// <summary>
/// Tenet.Client instead of the load driver: puts over one connection, so many at a time, and what each of them allocates in this process. The
/// server shares the processors with the client, so the rate is that of both.
/// </summary>
internal sealed class ClientBench(BenchOptions options, ServerProgram program, ResultTable table)
{
    private static readonly int[] Concurrencies = [256, 16];
    private readonly Scale _scale = options.Scale;

    public async Task RunAsync()
    {
        string data = DataDirectory.Fresh(options.Directory, "client");
        (BenchServer server, _) = await BenchServer.StartAsync(program, data);
        using (server)
        {
            await using TenetClient client = new(string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{server.Port}"));
            foreach (int concurrency in Concurrencies)
                await PutsAsync(client, concurrency);
            await server.StopAsync();
        }
        Directory.Delete(data, recursive: true);
    }

    private async Task PutsAsync(TenetClient client, int concurrency)
    {
        bool stop = false;
        long puts = 0;
        Task[] writers = [.. Enumerable.Range(0, concurrency).Select(async number =>
        {
            byte[] key = Encoding.ASCII.GetBytes(Requests.Key(number));
            byte[] value = new byte[Requests.ValueBytes];
            while (!Volatile.Read(ref stop))
            {
                await client.Kv.PutAsync(key, value);
                Interlocked.Increment(ref puts);
            }
        })];
        await Task.Delay(_scale.WarmUp);
        long began = Stopwatch.GetTimestamp();
        (long putsBefore, long bytesBefore) = (Interlocked.Read(ref puts), GC.GetTotalAllocatedBytes());
        await Task.Delay(_scale.Measured);
        (long putsAfter, long bytesAfter) = (Interlocked.Read(ref puts), GC.GetTotalAllocatedBytes());
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Volatile.Write(ref stop, true);
        await Task.WhenAll(writers);

        string what = string.Create(CultureInfo.InvariantCulture, $"Tenet.Client: {concurrency} concurrent puts on one connection");
        table.Add(program.Name, what, "/s", (putsAfter - putsBefore) / seconds, 0, true);
        table.Add(program.Name, string.Create(CultureInfo.InvariantCulture, $"  allocated for each of {concurrency}"), "B", (double)(bytesAfter - bytesBefore) / (putsAfter - putsBefore), 0, false);
    }
}
